# SPDX-License-Identifier: Apache-2.0
"""What a case says of itself, in comments of its source: `// KEY: VALUE`, or `// KEY[WHEN]: VALUE` for
one variant, one mode, or `[VARIANT MODE]` for both."""
import re

_LINE = re.compile(r"^// ([a-z-]+)(?:\[([^\]]*)\])?(?:: ?(.*)|(?= |$).*)$")
ADDED = ("json", "text")  # a special one adds to the general one of these, elsewhere it replaces it


class Head:
    """The directives of one source."""

    def __init__(self, source):
        self.said = []
        with open(source, encoding="utf-8") as file:
            for line in file:
                match = _LINE.match(line.rstrip("\n")) if line.startswith("// ") else None
                if match:
                    self.said.append(match.groups())

    def _of(self, key, when):
        return [value or "" for k, w, value in self.said if k == key and w in when]

    def values(self, key, variant="", mode=""):
        """The values of a directive for this variant and mode, in the order of the source."""
        special = self._of(key, (f"{variant} {mode}",))
        special = special or self._of(key, tuple(w for w in (variant, mode) if w))
        general = self._of(key, (None,))
        if key in ADDED:
            return [v for v in general + special if v]
        return special or general

    def value(self, key, variant="", mode=""):
        """The values as one text, empty where nothing was said."""
        return "\n".join(self.values(key, variant, mode))

    def words(self, key, variant="", mode=""):
        return self.value(key, variant, mode).split()

    def has(self, key, variant=""):
        """Whether the directive stands there, with or without a value, for all or this variant."""
        return any(k == key and w in (None, variant) for k, w, _ in self.said)
