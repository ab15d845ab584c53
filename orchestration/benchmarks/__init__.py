"""Benchmarks: Fil beside what else there is, on the same rows, in one run, and whole nights of Fil."""
