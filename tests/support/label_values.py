"""Label values that are hard to expose."""

#: Label values that a scraper might read wrongly.
HOSTILE = [
    'a "quoted" word',
    "C:\\new\\table\\",
    "\\n",
    "line\nbreak",
    "\n",
    "\0",
    "nul\0inside",
    "carriage\rreturn",
    "\u2028\u2029\x85\x0b\x0c\x1c",
    "\N{PILE OF POO}\N{FAMILY}",
    "\ufeff\ufffe\U0010ffff",
    "e\u0301 \xe9",
    "\x01\x7f",
    " ",
    "#",
    '"} 1\ninjected_total{x="',
    "x" * 1_000_000,
    '"' * 1_000_000,
    "\N{PILE OF POO}" * 250_000,
]
