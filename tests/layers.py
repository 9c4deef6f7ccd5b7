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
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def allowed(root, folder, path, name):
    """Whether a file of the folder may include this; a name without a folder is a neighbour's or a public header."""
    def there(*parts):
        return os.path.exists(os.path.join(root, *parts))

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


def test_layers(t):
    for folder in MAY:
        t.same(f"layers {folder}", "", "\n".join(objections(t.root, folder)))
