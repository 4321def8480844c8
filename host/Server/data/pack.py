"""Makes the files of this folder from the original data (see ATTRIBUTION.md).

    python3 pack.py SOURCE_FOLDER        (holds online_retail.csv[.gz], items_ids.txt, items_ppmi_svd64.npy)

Drops the columns that nothing here reads (UnitPrice, Country), keeps every row in its order, and compresses. The
same input gives the same bytes: no timestamp and no name go into the gzip header.
"""

import csv
import gzip
import io
import pathlib
import shutil
import sys

KEPT = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "CustomerID"]


def open_csv(folder: pathlib.Path):
    packed = folder / "online_retail.csv.gz"
    if packed.exists():
        return gzip.open(packed, "rt", encoding="utf-8", newline="")
    return open(folder / "online_retail.csv", encoding="utf-8", newline="")


def compress(target: pathlib.Path, data: bytes) -> None:
    with open(target, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(data)
    print(f"{target.name}: {len(data):,} -> {target.stat().st_size:,} bytes")


def main() -> None:
    source = pathlib.Path(sys.argv[1])
    target = pathlib.Path(__file__).parent
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    with open_csv(source) as lines:
        rows = csv.reader(lines)
        header = next(rows)
        kept = [header.index(name) for name in KEPT]
        writer.writerow(KEPT)
        for row in rows:
            writer.writerow([row[index] for index in kept])
    compress(target / "online_retail.csv.gz", out.getvalue().encode("utf-8"))
    compress(target / "items_ppmi_svd64.npy.gz", (source / "items_ppmi_svd64.npy").read_bytes())
    shutil.copyfile(source / "items_ids.txt", target / "items_ids.txt")


if __name__ == "__main__":
    main()
