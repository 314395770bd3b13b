"""What is known against the installed packages: vulnerabilities, contradictions, licences.

`python .ci/audit.py` looks at its own environment. Exit 1 for a known vulnerability, requirements
that contradict each other, or a licence that is not on the list. Where the vulnerability service
cannot be asked it says so plainly: then nothing is known about vulnerabilities.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import Distribution, distributions

#: Licences under which everything may be used beside MIT code, as packages name them.
ALLOWED = {
    name.lower()
    for name in (
        *(
            "0BSD",
            "BSD",
            "BSD License",
            "BSD-2-Clause",
            "BSD-3-Clause",
            "BSD 3-Clause",
            "BSD 3-Clause License",
        ),
        *("MIT", "MIT License", "MIT-CMU", "ISC", "Zlib", "CC0-1.0", "Unlicense"),
        *("Apache-2.0", "Apache 2.0", "Apache Software License"),
        *("PSF-2.0", "PSFL", "Python Software Foundation License"),
        *("MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"),  # unchanged, beside ours
        "IPA",  # of the Japanese font
    )
}
#: Packages whose data name no licence, and what the file LICENSE in them says.
READ = {"axe-playwright-python": "MIT"}


def licence(package: Distribution) -> str:
    """The licence as the package's data name it: expression, then one word, then classifiers."""
    about = package.metadata
    if about["Name"].lower() in READ:
        return READ[about["Name"].lower()]
    word = (about.get("License") or "").strip()
    if about.get("License-Expression"):
        return str(about["License-Expression"])
    if word and len(word) < 60 and "\n" not in word and not word.startswith("Copyright"):
        return word
    classified = [
        line.split("::")[-1].strip()
        for line in about.get_all("Classifier") or []
        if line.startswith("License ::") and line.count("::") > 1
    ]
    return " AND ".join(classified)


def allowed(named: str) -> bool:
    """Whether all parts of a licence expression are on the list, or one of those to choose from."""
    return any(
        all(part.lower() in ALLOWED for part in re.split(r"\s+AND\s+", choice))
        for choice in re.split(r"\s+OR\s+", named)
    )


def vulnerabilities() -> tuple[list[str], int, int]:
    """Known vulnerabilities; the numbers of packages looked up and not looked up."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):  # the service did not answer
        return [], 0, sum(1 for _ in distributions())
    known = [one for one in found if "skip_reason" not in one]
    against = [
        f"{one['name']} {one['version']}: {fault['id']}, mended in {fault['fix_versions']}"
        for one in known
        for fault in one["vulns"]
    ]
    return against, len(known), len(found) - len(known)


def main() -> int:
    """Print what was found and what could not be looked up."""
    wrong, looked_up, unknown = vulnerabilities()
    if looked_up == 0:
        print(f"NOT AUDITED: the vulnerability service could not be asked about {unknown} packages")
    else:
        print(f"{looked_up} packages looked up, {len(wrong)} known vulnerabilities")
        if unknown > 1:  # stsim itself is in no index
            print(f"NOT AUDITED: {unknown} packages that the vulnerability service does not know")
    check = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    if check.returncode:
        wrong += check.stdout.splitlines()
    licences = {f"{d.metadata['Name']} {d.version}": licence(d) for d in distributions()}
    wrong += [
        f"{name}: licence {named or 'not named'!r} is not on the list of .ci/audit.py"
        for name, named in licences.items()
        if not allowed(named)
    ]
    print("\n".join(wrong) or f"requirements agree; {len(licences)} licences are on the list")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
