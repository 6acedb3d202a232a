"""Sums up the .trx files of all suites: python3 results.py FOLDER SKIPS SHARED [TAG...]

Prints the golden cases, what was skipped and what failed. Fails on a failed test and on a skipped one that SKIPS does not list; lines of
SKIPS marked [TAG] count only where that TAG is given, lines marked [no-shared] where the folder SHARED is not there. The last line counts
every test once: a test that failed in one suite has failed. NEURALCORE_GOLDEN is where the golden cases are, by default SHARED/golden.
"""

import os
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

NS = {"t": "http://microsoft.com/schemas/VisualStudio/TeamTest/2010"}


def read_skips(path, tags):
    """Names, or beginnings of names, of tests that may be skipped."""
    names = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        name, hash, reason = line.partition(" # ")
        if not line.strip() or line.startswith("#"):
            continue
        if not reason.strip():
            sys.exit(f"{path}:{number}: expected 'NAME # REASON', got '{line}'")
        tag, name = re.fullmatch(r"(?:\[([\w-]+)\])?(.*)", name).groups()
        if tag is None or tag in tags:
            names.append(name.strip())
    return tuple(names)


def main(folder, skips, shared, *tags):
    allowed = read_skips(pathlib.Path(skips), {*tags} if pathlib.Path(shared).is_dir() else {*tags, "no-shared"})
    outcomes, golden, problems = {}, set(), []
    for path in sorted(pathlib.Path(folder).glob("*/*.trx")):
        for test in ET.parse(path).getroot().iterfind(".//t:UnitTestResult", NS):
            name, outcome, suite = test.get("testName"), test.get("outcome"), path.parent.name
            text = [e.text or "" for end in ("}Message", "}StdOut") for e in test.iter() if e.tag.endswith(end)]
            golden.update(line for line in "\n".join(text).splitlines() if line.startswith("golden "))
            outcomes.setdefault(name, set()).add(outcome)
            if outcome == "NotExecuted":
                listed = name.startswith(allowed)
                print(f"skipped{'' if listed else ', NOT LISTED in tests/skips.txt'}: {name} [{suite}]: {' '.join(text).strip()}")
                if not listed:
                    problems.append(name)
            elif outcome != "Passed":
                print(f"failed: {name} [{suite}]: {text[0].strip().splitlines()[0] if text and text[0].strip() else outcome}")
                problems.append(name)
    for line in sorted(golden):
        print(line)
    if not outcomes:
        problems.append("no test ran")
        print("no test ran")
    reference = pathlib.Path(os.environ.get("NEURALCORE_GOLDEN") or pathlib.Path(shared) / "golden")
    if outcomes and not golden and reference.is_dir():
        problems.append("golden")
        print(f"no golden case ran although {reference} is there")
    passed = sum(o == {"Passed"} for o in outcomes.values())
    skipped = sum("NotExecuted" in o and o <= {"Passed", "NotExecuted"} for o in outcomes.values())
    print(f"{passed} passed, {len(outcomes) - passed - skipped} failed, {skipped} skipped")
    return 1 if problems else 0


sys.exit(main(*sys.argv[1:]))
