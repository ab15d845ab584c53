"""How a true person gets written down: who turns up, what is asked, what goes wrong."""
