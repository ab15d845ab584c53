"""How a true person becomes a record: who comes when, what is asked, and which errors are made."""
