"""What policies do and cost: levers and packages side by side, attributed and checked."""
