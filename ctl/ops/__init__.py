"""How the centre is doing: jobs that must keep running, health for people, figures for Prometheus."""
