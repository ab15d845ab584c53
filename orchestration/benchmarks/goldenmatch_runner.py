"""GoldenMatch without any settings on a CSV of mentions; run by the interpreter of its own environment."""

import csv
import sys
from pathlib import Path

import goldenmatch


def main(mentions: str, output: str) -> None:
    """Write record_id and person_id of each row."""
    with Path(mentions).open(encoding="utf-8", newline="") as handle:
        record_ids = [row["record_id"] for row in csv.DictReader(handle)]
    clusters = goldenmatch.dedupe(mentions).clusters
    with Path(output).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["record_id", "person_id"])
        writer.writerows((record_ids[place], key) for key, cluster in clusters.items() for place in cluster["members"])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
