"""The laboratory: a second Asterisk that plays the town around the centre, driven from Python.

It is the carrier at the other end of the trunk, the citizens who call, the ward's departments that are called, and
the operators' telephones. Everybody sends a tone of their own, and what everybody hears is measured on the wire: so
"the citizen hears the department" is a measurement, not a belief.
"""
