"""Programs that a benchmark times as processes of their own."""
