"""Benchmarks: Fil and other tools on the same rows in one run, and whole nights of Fil."""
