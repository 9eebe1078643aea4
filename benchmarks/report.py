"""Turn timings into a table and a JSON file that say on what machine and with what versions they were made."""

from __future__ import annotations

import json
import os
import platform
import statistics
from pathlib import Path
from typing import Any, Optional

from measure import Timing
from prepare import ROOT, Tools, call

MEASURED = ("tailframe", "confluent-kafka", "pandas", "pyarrow", "numpy")

# Run by the venv's Python.
PACKAGES = """
import importlib.metadata, json
print(json.dumps({d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}))
"""


def machine() -> dict[str, Any]:
    """Processor, cores, memory, system; nothing that names the machine."""
    processor = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "load_before": round(os.getloadavg()[0], 2),
    }


def versions(tools: Tools, timings: list[Timing]) -> dict[str, str]:
    """The versions of what was measured, as the packages themselves say."""
    packages = json.loads(call([str(tools.python), "-c", PACKAGES]))
    out = {name: packages[name] for name in MEASURED if name in packages}
    out["python"] = call([str(tools.python), "-c", "import platform; print(platform.python_version())"]).strip()
    out["go"] = call(["go", "env", "GOVERSION"]).strip()
    out["librdkafka (C read)"] = next((t.said["librdkafka"] for t in timings if "librdkafka" in t.said), "not measured")
    out["librdkafka (confluent-kafka)"] = call(
        [str(tools.python), "-c", "import confluent_kafka; print(confluent_kafka.libversion()[0])"]
    ).strip()
    out["kafka"] = os.environ.get("TAILFRAME_KAFKA_VERSION", "not known")
    out["commit"] = call(["git", "rev-parse", "--short", "HEAD"]).strip()
    if call(["git", "status", "--porcelain", "--untracked-files=no"]).strip():
        out["commit"] += " and local changes"
    return out


def summary(timings: list[Timing]) -> list[dict[str, Any]]:
    """Medians and spans, fastest first, with the ratio to the plain C read."""
    read = next((statistics.median(t.seconds) for t in timings if t.contender.what == "read"), None)
    rows = []
    for t in timings:
        median = statistics.median(t.seconds)
        rows.append(
            {
                "name": t.contender.name,
                "title": t.contender.title,
                "median": round(median, 4),
                "least": round(min(t.seconds), 4),
                "most": round(max(t.seconds), 4),
                "to_c_read": round(median / read, 3) if read else None,
                "cpu": round(statistics.median(t.cpu), 3),
                "peak_mb": round(statistics.median(t.peak_kb) * 1024 / 1e6),
                "seconds": [round(s, 4) for s in t.seconds],
                "dtypes": t.said.get("dtypes"),
            }
        )
    return sorted(rows, key=lambda row: row["median"])


def ratios(rows: list[dict[str, Any]]) -> list[str]:
    """How many times longer each peer takes than each form of tailframe."""
    median = {row["name"]: row["median"] for row in rows}
    lines = []
    for ours in ("tailframe_user", "tailframe_fast"):
        for peer in ("confluent_tuned", "confluent_default"):
            if ours in median and peer in median:
                lines.append(f"{peer} / {ours}: {median[peer] / median[ours]:.2f}")
    return lines


def markdown(result: dict[str, Any]) -> str:
    m, truth = result["machine"], result["topic"]
    lines = [
        f"# {truth['records']:,} records, {result['date']}",
        "",
        f"{truth['partitions']} partitions, {truth['bytes'] / truth['records']:.0f} bytes a value on average, "
        f"uncompressed, broker on the same machine; median of {result['rounds']} interleaved rounds "
        "after one that does not count.",
        f"{m['processor']}, {m['cores']} cores, {m['memory_gib']} GiB, {m['system']}, "
        f"load {m['load_before']} before the run.",
        "",
        "| what | median s | least | most | to the C read | processor s | peak MB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in result["rows"]:
        ratio = "" if row["to_c_read"] is None or row["name"] == "imports" else f"{row['to_c_read']:.2f}"
        times = " | ".join(f"{row[key]:.3f}" for key in ("median", "least", "most"))
        lines.append(f"| {row['title']} | {times} | {ratio} | {row['cpu']:.2f} | {row['peak_mb']} |")
    if result["ratios"]:
        lines += ["", *[f"- {line}" for line in result["ratios"]]]
    lines.append("")
    lines.append(", ".join(f"{name} {version}" for name, version in result["versions"].items()) + ".")
    return "\n".join(lines) + "\n"


def write(result: dict[str, Any], folder: Path) -> Optional[Path]:
    """Put the JSON and the table into folder; the stem of their names is the date and the size."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{result['date']}-{result['topic']['records']}"
    stem.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
    path = stem.with_suffix(".md")
    path.write_text(markdown(result))
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
