"""Names in SMT-LIB 2: how any name is written as a symbol that no solver mistakes for one of its own.

In SMT-LIB ``|and|`` and ``and`` are the same symbol, so quoting can't keep a predicate called ``and`` or ``select``
apart from the built-in one. Such names, and characters that quoting can't hold, are escaped with ``%``:

* ``%.`` in front of a name that a solver has taken: ``select`` is written ``%.select``;
* ``%7C.`` for the character with that hexadecimal code: ``a|b`` is written ``a%7C.b``.

The escape is injective: two names never share a symbol. `name_of` undoes it.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["label_symbol", "name_of", "sort_name_of", "sort_text", "symbol", "variable_symbol"]

#: Marks bound variables, so that none can shadow a function or predicate of the same name.
VARIABLE_MARK = "?"

SIMPLE = re.compile(r"[A-Za-z~!$%^&*_+=<>/?-][0-9A-Za-z~!@$%^&*_+=<>.?/-]*")
#: Starts of names that must be escaped: solvers reserve ``@`` and ``.``, theories use ``bv…`` and ``str.…``, and
#: ``?`` marks our variables.
TAKEN_START = re.compile(r"[@.?]|bv[a-z0-9]|[a-z]+\.")
ESCAPE = re.compile(r"%([0-9A-F]*)\.")

#: Symbols of the SMT-LIB 2.6 language and theories, and those that Z3 or cvc5 refuse to have declared or read as
#: their own.
TAKEN_WORDS = """
    ! _ as let exists forall match par lambda choice
    BINARY DECIMAL HEXADECIMAL NUMERAL STRING
    assert check-sat check-sat-assuming declare-const declare-datatype declare-datatypes declare-fun declare-sort
    define-fun define-fun-rec define-funs-rec define-const define-sort echo exit get-assertions get-assignment
    get-info get-model get-option get-proof get-unsat-assumptions get-unsat-core get-value pop push reset
    reset-assertions set-info set-logic set-option
    true false not and or xor => = distinct ite if implies iff
    + - * / < <= > >= ^ ** div mod rem abs divisible is_int to_int to_real is-int power pow exp ln log sqrt
    sin cos tan sec csc cot asin acos atan atan2 arcsin arccos arctan arctan2 arcsec arccsc arccot
    sinh cosh tanh asinh acosh atanh pi euler iand piand root-obj div_total mod_total
    select store const map default as-array array-ext eqrange is sub update equals equiv case-def
    concat extract repeat zero_extend sign_extend rotate_left rotate_right int2bv nat2bv bit2bool
    ubv_to_int sbv_to_int int_to_bv fp to_fp to_fp_unsigned RNE RNA RTP RTN RTZ NaN
    roundNearestTiesToEven roundNearestTiesToAway roundTowardPositive roundTowardNegative roundTowardZero
    tuple bag sep pto wand union intersection setminus complement subset member insert singleton emptyset
    partial-order linear-order tree-order piecewise-linear-order transitive-closure
    at-most at-least pble pbge pbeq
"""
TAKEN = frozenset(TAKEN_WORDS.split())

TAKEN_SORT_WORDS = """
    Bool Int Real Array BitVec String RegLan Seq FloatingPoint Float16 Float32 Float64 Float128 RoundingMode
    List Pair Set Bag Tuple UnitTuple Relation Table FiniteField Unicode RegEx Char Complex FiniteSet Proof
    StringSequence
"""
TAKEN_SORTS = frozenset(TAKEN_SORT_WORDS.split())


def escape_characters(name: str) -> str:
    """``name`` with every character that a quoted symbol can't hold, and every look-alike of an escape, escaped."""
    name = ESCAPE.sub(lambda found: "%25." + found[0][1:], name)
    return "".join(
        char if char == " " or (char.isprintable() and char not in "|\\") else f"%{ord(char):X}." for char in name
    )


def quote(text: str) -> str:
    """``text``, in bars unless it is a simple symbol."""
    return text if SIMPLE.fullmatch(text) else f"|{text}|"


@lru_cache(maxsize=16384)
def symbol(name: str) -> str:
    """The SMT-LIB symbol for a function, predicate or constant; in bars where needed. One to one."""
    taken = not name or name in TAKEN or TAKEN_START.match(name)
    return quote(("%." if taken else "") + escape_characters(name))


@lru_cache(maxsize=4096)
def variable_symbol(name: str) -> str:
    """The SMT-LIB symbol for a bound variable: marked, so that it is no function's symbol."""
    return quote(VARIABLE_MARK + escape_characters(name))


@lru_cache(maxsize=1024)
def sort_text(sort: str) -> str:
    """The SMT-LIB text of a sort: Bool, Int and Real as they are, other names as symbols. One to one."""
    if sort in ("Bool", "Int", "Real"):
        return sort
    taken = not sort or sort in TAKEN_SORTS or sort in TAKEN or TAKEN_START.match(sort)
    return quote(("%." if taken else "") + escape_characters(sort))


def label_symbol(label: str, used: set[str]) -> str:
    """A symbol for a named assertion that is not in ``used``, and is then added to it."""
    base = symbol(label)
    result, count = base, 1
    while result in used:
        count += 1
        result = symbol(f"{label} ({count})")
    used.add(result)
    return result


def name_of(text: str) -> str:
    """The name that a symbol (without its bars) stands for; one that no writer of ours makes stays as it is."""
    name = ESCAPE.sub(lambda found: decode(found[1]), text)
    return name if symbol(name) in (text, f"|{text}|") else text


def sort_name_of(text: str) -> str:
    """The same for a sort's symbol."""
    name = ESCAPE.sub(lambda found: decode(found[1]), text)
    return name if sort_text(name) in (text, f"|{text}|") else text


def decode(code: str) -> str:
    """The character with that hexadecimal code; nothing for no code. A code out of range stays as it was."""
    if not code:
        return ""
    value = int(code[:7], 16)
    return chr(value) if len(code) <= 6 and value <= 0x10FFFF else f"%{code}."
