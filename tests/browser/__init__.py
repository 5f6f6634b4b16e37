"""The screens in a real Chromium: used, measured, photographed. One app, one Postgres, one browser for the session."""
