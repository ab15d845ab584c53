"""`fil bench night`: whole nights of simulated cities, and what each stage of them uses."""
