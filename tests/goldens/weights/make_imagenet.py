"""Writes src/Fovea/Weights/Published/imagenet.txt: the 1,000 classes of ImageNet's challenge, one a line: WordNet's number and a name.
Run: python3 make_imagenet.py [LIST]

The order of classes is that of their numbers. LIST holds the numbers (n01440764, ...), one a line, such as imagenet_lsvrc_2015_synsets.txt
in tensorflow/models; they are those of the ILSVRC 2012 classification challenge (Russakovsky et al., "ImageNet Large Scale Visual
Recognition Challenge", IJCV 2015). Without LIST they are taken from the file that is there.
Names are WordNet 3.0's (Debian: wordnet-base): the first word of the noun with that number. Where several classes share it, a second word, or
else the first word of what it is a kind of, follows in brackets.
"""
import collections
import pathlib
import re
import sys

WORDNET = pathlib.Path("/usr/share/wordnet/data.noun")
TARGET = pathlib.Path(__file__).parents[3] / "src/Fovea/Weights/Published/imagenet.txt"


def nouns():
    """For each number its words, and the numbers of what it is a kind of."""
    found = {}
    for line in WORDNET.read_text().splitlines():
        if line.startswith("  "):
            continue                                            # the licence
        fields = line.split(" | ")[0].split()
        count = int(fields[3], 16)
        words = [word.replace("_", " ") for word in fields[4:4 + 2 * count:2]]
        pointers = fields[5 + 2 * count:]
        found[fields[0]] = words, [pointers[i + 1] for i in range(0, len(pointers) - 3, 4) if pointers[i] in ("@", "@i")]
    return found


def licence():
    """WordNet's licence as the head of its files has it: a number, then the line."""
    lines = [line for line in WORDNET.read_text().splitlines() if line.startswith("  ")]
    return [re.sub(r"^  \d+ ?", "", line).rstrip() for line in lines]


def main():
    source = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    numbers = sorted(set(re.findall(r"^n\d{8}", source.read_text(), re.MULTILINE)))
    assert len(numbers) == 1000
    wordnet = nouns()
    shared = collections.Counter(wordnet[number[1:]][0][0].lower() for number in numbers)
    lines = []
    for number in numbers:
        words, kinds = wordnet[number[1:]]
        name = words[0]
        if shared[name.lower()] > 1:
            name += f" ({words[1] if len(words) > 1 else wordnet[kinds[0]][0][0]})"
        lines.append(f"{number} {name}")
    head = ["The 1,000 classes of ImageNet's challenge, made by tests/goldens/weights/make_imagenet.py. The names are WordNet 3.0's:", ""]
    TARGET.write_text("".join(f"# {line}".rstrip() + "\n" for line in head + licence()) + "\n".join(lines) + "\n")
    print("\n".join(line for line in lines if "(" in line))


if __name__ == "__main__":
    main()
