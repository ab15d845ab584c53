"""The synthetic city: extracts in each source's real format, and the truth about who is who.

It shares no code with the pipeline, so that the same mistake cannot be in both.
"""

from sources.synthetic.city import SimulationResult, simulate

__all__ = ["SimulationResult", "simulate"]
