"""What a Kafka node is made of: the jars from Maven Central, the certificates, the tools for both."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parent / "kafka"
COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
MISSING = 3  # the exit status where the machine lacks a program


class Failure(Exception):
    """An error for the user; status is the exit status it leads to."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


def tool(name: str, package: str) -> str:
    """The path of a program: JAVA_HOME's first for the JDK's own, then PATH."""
    home = os.environ.get("JAVA_HOME")
    if home and name in ("java", "keytool"):
        candidate = Path(home) / "bin" / name
        if candidate.is_file():
            return str(candidate)
    found = shutil.which(name)
    if found is None:
        raise Failure(
            f"{name} is missing: it is needed for a real Kafka. Install {package} and put it on PATH.",
            MISSING,
        )
    return found


def quiet(command: list[str], what: str) -> None:
    """Run a command whose output matters only when it fails."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode != 0:
        text = done.stdout.decode(errors="replace").strip()
        raise Failure(f"{what} failed with status {done.returncode}:\n{text[-3000:]}")


# --- installing ---------------------------------------------------------------------------------


def cache_root() -> Path:
    given = os.environ.get("TAILFRAME_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "tailframe"


def install(version: str) -> Path:
    """The folder of the broker's jars, copied there by Maven if this is the first time."""
    jars = cache_root() / f"kafka-{version}"
    if (jars / "complete").is_file():
        return jars
    mvn = tool("mvn", "Maven")
    jars.parent.mkdir(parents=True, exist_ok=True)
    print(f"kafka.py: installing Kafka {version} into {jars}", file=sys.stderr)
    # Copied beside and renamed, so that a broken install or a second one at the same time is harmless.
    with tempfile.TemporaryDirectory(prefix=".kafka-", dir=jars.parent) as work:
        part = Path(work) / "jars"
        quiet(
            [
                mvn,
                "-q",
                "-B",
                "-f",
                str(TEMPLATES / "pom.xml"),
                f"-Dkafka.version={version}",
                "-DincludeScope=runtime",
                f"-DoutputDirectory={part}",
                COPY_GOAL,
            ],
            f"Maven's install of Kafka {version}",
        )
        (part / "complete").write_text(version + "\n")
        with contextlib.suppress(OSError):
            shutil.rmtree(jars, ignore_errors=True)
            part.rename(jars)
    if not (jars / "complete").is_file():
        raise Failure(f"Kafka {version} was not installed: {jars} could not be written")
    return jars


# --- certificates -------------------------------------------------------------------------------


class Keytool:
    """PKCS#12 stores and PEM certificates by the JDK's keytool alone."""

    def __init__(self, folder: Path, password: str) -> None:
        self.program = tool("keytool", "a JDK (not only a JRE)")
        self.folder = folder
        self.password = password

    def run(self, command: str, store: str, *arguments: str) -> None:
        quiet(
            [
                self.program,
                "-J-XX:TieredStopAtLevel=1",
                f"-{command}",
                "-keystore",
                str(self.folder / f"{store}.p12"),
                "-storetype",
                "PKCS12",
                "-storepass",
                self.password,
                "-noprompt",
                *arguments,
            ],
            f"keytool -{command}",
        )

    def authority(self, name: str, subject: str) -> None:
        self.run(
            "genkeypair",
            name,
            "-alias",
            name,
            "-dname",
            f"CN={subject}",
            "-keyalg",
            "RSA",
            "-keysize",
            "2048",
            "-validity",
            "3650",
            "-ext",
            "bc:c=ca:true",
            "-ext",
            "ku:c=keyCertSign,cRLSign",
        )
        self.run("exportcert", name, "-alias", name, "-rfc", "-file", str(self.folder / f"{name}.pem"))

    def signed(self, name: str, subject: str, *extra: str) -> None:
        """A key pair whose certificate the authority "ca" signed; extra goes to the signing."""
        request, certificate = self.folder / f"{name}.csr", self.folder / f"{name}.pem"
        self.run("genkeypair", name, "-alias", name, "-dname", f"CN={subject}", "-keyalg", "RSA", "-keysize", "2048")
        self.run("certreq", name, "-alias", name, "-file", str(request))
        self.run("gencert", "ca", "-alias", "ca", "-rfc", "-infile", str(request), "-outfile", str(certificate), *extra)
        self.trust(name)
        self.run("importcert", name, "-alias", name, "-file", str(certificate))

    def trust(self, name: str) -> None:
        self.run("importcert", name, "-alias", "ca", "-file", str(self.folder / "ca.pem"))


def certificates() -> Path:
    """The folder of the stores and certificates; made once and kept in the cache, as keytool takes its time."""
    kept = cache_root() / "kafka-certificates-1"
    if not kept.is_dir():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".certificates-", dir=kept.parent) as work:
            part = Path(work) / "tls"
            make_certificates(part, "store-" + secrets.token_hex(8))
            with contextlib.suppress(OSError):  # another start was first
                part.rename(kept)
    return kept


def make_certificates(folder: Path, password: str) -> None:
    folder.mkdir(mode=0o700)
    (folder / "password").write_text(password)
    keys = Keytool(folder, password)
    keys.authority("ca", "tailframe test authority")
    keys.authority("other-ca", "another authority")
    keys.trust("trust")
    names = "san=dns:localhost,dns:broker.tailframe.test,ip:127.0.0.1"
    keys.signed("server", "localhost", "-ext", names, "-validity", "3650")
    keys.signed("named", "broker.tailframe.test", "-ext", "san=dns:broker.tailframe.test", "-validity", "3650")
    keys.signed("expired", "localhost", "-ext", names, "-startdate", "-10d", "-validity", "5")
    keys.signed("client", "tailframe client", "-validity", "3650")


# --- one node -----------------------------------------------------------------------------------
