"""Letters that look Latin and are not: data for the normalised view of a text.

Source of the facts: Unicode Technical Standard 39, *Unicode Security Mechanisms*, "confusables"; a selection of our own
of letters that people really disguise words with. Written as code points, since on paper nobody can tell them apart.
"""

from typing import Final


def _table(lines: str) -> dict[str, str]:
    rows = [line.split() for line in lines.strip().splitlines()]
    return {chr(int(point, 16)): latin for latin, *points in rows for point in points}


# Cyrillic, Greek, Armenian, Cherokee: read as Latin where a word mixes scripts, or where a text is otherwise Latin.
FOREIGN: Final = _table("""
A 0391 0410 13AA
B 0392 0412 13F4
C 03F9 0421 13DF
D 13A0
E 0395 0415 13AC
F 03DC
G 050C 13C0
H 0397 041D 13BB
I 0399 0406 04C0
J 037F 0408 13AB
K 039A 041A 13E6
L 13DE
M 039C 041C 13B7
N 039D
O 039F 041E 0555
P 03A1 0420 13E2
Q 051A
R 13A1
S 0405 054F 13DA
T 03A4 0422 13A2
U 054D
V 0474 13D9
W 051C 13B3
X 03A7 0425
Y 03A5 04AE
Z 0396 13C3
a 0430 03B1
c 0441 03F2
d 0501
e 0435 0450 0451
g 0581
h 04BB 0570
i 0456 03B9
j 0458 03F3
k 03BA
l 04CF
n 0578
o 043E 03BF 0585
p 0440 03C1
q 051B 0566
s 0455
u 03C5 057D
v 0475 03BD
w 051D 0461
x 0445
y 0443 04AF 03B3
""")

# Look Latin only in the company of Latin letters: read so where a word mixes scripts, never in a word of their own.
LOOSE: Final = _table("""
N 0418
R 042F
Y 0423
b 044C 0432 03B2
e 0454 03B5
f 0192
h 043D
i 0457
k 043A
m 043C
n 043F 03B7
o 03C3 04E9
r 0433 044F
t 0442 03C4
u 0438 0446 03BC
w 0448 03C9
x 03C7
z 03B6
""")

# Latin letters in fancy dress that have no decomposition in Unicode: small capitals, squares, circles. No language is
# written with them.
STYLED: Final = {
    **_table("""
a 1D00
b 0299
c 1D04
d 1D05
e 1D07
f A730
g 0262
h 029C
i 026A
j 1D0A
k 1D0B
l 029F
m 1D0D
n 0274
o 1D0F
p 1D18
q A7AF
r 0280
s A731
t 1D1B
u 1D1C
v 1D20
w 1D21
y 028F
z 1D22
"""),
    **{chr(first + at): chr(65 + at) for first in (0x1F150, 0x1F170) for at in range(26)},
}
