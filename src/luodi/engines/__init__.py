"""Pure engines: no Django, no clock, no input or output; everything they need is passed in."""
