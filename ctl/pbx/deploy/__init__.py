"""Configuration of the PBX: rendered, checked in a throw-away PBX, applied by generation, verified, rolled back."""
