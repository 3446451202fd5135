#!/usr/bin/env python3
"""Draws the lines of standard input as a terminal window in SVG.

    cargo run --package slack-rtm-cli -- listen --demo --pretty | head -n 12 | docs/pictures/terminal.py "slack-rtm listen --demo --pretty" > docs/pictures/listen.svg
"""

import sys
from html import escape

WIDTH, LINE, MARGIN, BAR = 880, 20, 20, 36

command, lines = sys.argv[1], sys.stdin.read().splitlines()
height = BAR + MARGIN * 2 + LINE * (len(lines) + 1)
print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img">')
print(f"  <title>The output of {escape(command)}</title>")
print(f'  <rect width="{WIDTH}" height="{height}" rx="8" fill="#1e1f29"/>')
for number, colour in enumerate(["#ff5f57", "#febc2e", "#28c840"]):
    print(f'  <circle cx="{MARGIN + number * 20}" cy="20" r="6" fill="{colour}"/>')
print('  <g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">')
y = BAR + MARGIN
print(f'    <text x="{MARGIN}" y="{y}" fill="#f8f8f2"><tspan fill="#50fa7b">$</tspan> {escape(command)}</text>')
for line in lines:
    y += LINE
    kind = line.split(" ", 1)[0]
    rest = line[len(kind):]
    print(f'    <text x="{MARGIN}" y="{y}" fill="#f8f8f2"><tspan fill="#8be9fd">{escape(kind)}</tspan>{escape(rest)}</text>')
print("  </g>\n</svg>")
