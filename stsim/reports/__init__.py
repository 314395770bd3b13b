"""Reports people read: one self-contained page in English and Japanese."""
