"""Commands: floor, operator, operators, departments, and the commands on a live call."""
