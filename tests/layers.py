# SPDX-License-Identifier: Apache-2.0
"""The direction of dependencies between folders: each may include only from those listed for it here
(docs/design.md tells why)."""
import glob
import os
import re

MAY = {
    "include": "include",
    "base": "include base",
    "graph": "include base graph",
    "detect": "include base graph detect",
    "interpose": "include base graph detect interpose",
    "outside": "include base outside",
    "report": "include base graph detect outside report",
    "cli": "include base graph detect outside report cli",
    "channel": "include base channel",
    "race": "base race",
}
# A front lives in the same process as the shim, and knows one header of it.
FRONTS = {"race/tsan/": "interpose/race_sync.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def allowed(root, folder, path, name):
    """Whether a file of the folder may include this; a name without a folder is a neighbour's or a public header."""
    def there(*parts):
        return os.path.exists(os.path.join(root, *parts))

    if any(path.startswith(front) and name == header for front, header in FRONTS.items()):
        return True
    if there(os.path.dirname(path), name):
        return True  # of its own folder, below include/ too
    if "/" not in name:
        return there(folder, name) or there("include", name)
    return name.split("/")[0] in MAY[folder].split() and there(name)


def objections(root, folder):
    found = []
    for path in sorted(glob.glob(f"{folder}/**/*", root_dir=root, recursive=True)):
        if not path.endswith((".c", ".h", ".def")):
            continue
        with open(os.path.join(root, path), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                match = INCLUDE.match(line)
                if match and not allowed(root, folder, path, match.group(1)):
                    found.append(f"{path}:{number}: {folder}/ must not include \"{match.group(1)}\"")
    return found


# A file of ours that a comment or a page names, with its folder; and one of the same folder, in a comment.
NAMED = re.compile(r"(?<![\w/.-])((?:%s|tests|bench|docs|scripts|examples)/[\w/.-]+\.(?:c|h|cc|def|py|sh|md|map))\b" % "|".join(MAY))
NEIGHBOUR = re.compile(r"(?:^|[\s(,;])([a-z_]+\.(?:c|h|def))\b")
PLACEHOLDERS = {"bench/PART.sh"}


def gone(root, path, line, neighbours):
    """The files that the line names and that are not there; `neighbours` has the names of all files, or is None."""
    places = ("", "include", os.path.dirname(path))
    missing = {n for n in set(NAMED.findall(line)) - PLACEHOLDERS
               if not any(os.path.exists(os.path.join(root, p, n)) for p in places)}
    if neighbours:
        missing |= set(NEIGHBOUR.findall(line)) - neighbours
    return sorted(missing)


def pointers(root):
    """Where comments and pages point to files that moved or went."""
    found, paths = [], sorted(glob.glob("**/*", root_dir=root, recursive=True))
    names = {os.path.basename(path) for path in paths}
    for path in paths:
        code = path.endswith((".c", ".h", ".def", ".cc"))
        if path.split("/")[0] == "build" or not (code or path.endswith(".md") or path == "Makefile"):
            continue
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                comment = code and re.match(r"\s*(/?\*|//)", line)
                if "#include" not in line or comment:
                    found += [f"{path}:{number}: there is no {name}"
                              for name in gone(root, path, line, names if comment else None)]
    return found


def test_pointers(t):
    t.same("files that comments name", "", "\n".join(pointers(t.root)))


def test_layers(t):
    for folder in MAY:
        t.same(f"layers {folder}", "", "\n".join(objections(t.root, folder)))
