"""Chains of ordinary English that follow, with a careful formaliser's formulas and symbols: none may be refused."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HONEST", "HonestChain"]


@dataclass(frozen=True, slots=True)
class HonestChain:
    """``context`` and ``steps``: sentences with their formulas; ``symbols``: what they are declared as."""

    context: dict[str, str]
    steps: dict[str, str]
    symbols: tuple[str, ...]


HONEST: tuple[HonestChain, ...] = (
    HonestChain(
        {
            "Everyone who works at the library reads many books.": "(forall ((x Person)) (=> (works_at x library) "
            "(reads_many_books x)))",
            "Mara works at the library.": "(works_at mara library)",
        },
        {"So Mara reads many books.": "(reads_many_books mara)"},
        (
            "(declare-const mara Person) ; Mara",
            "(declare-const library Place) ; the library",
            "(declare-fun works_at (Person Place) Bool) ; {0} works at {1}",
            "(declare-fun reads_many_books (Person) Bool) ; {0} reads many books",
        ),
    ),
    HonestChain(
        {
            "No student in the choir plays football.": "(forall ((x Person)) (=> (and (student x) (in_choir x)) "
            "(not (plays_football x))))",
            "Tom is a student who plays football.": "(and (student tom) (plays_football tom))",
        },
        {"Tom is not in the choir.": "(not (in_choir tom))"},
        (
            "(declare-const tom Person) ; Tom",
            "(declare-fun student (Person) Bool) ; {0} is a student",
            "(declare-fun in_choir (Person) Bool) ; {0} sings in the choir",
            "(declare-fun plays_football (Person) Bool) ; {0} plays football",
        ),
    ),
    HonestChain(
        {
            "Whales are mammals.": "(forall ((x Animal)) (=> (whale x) (mammal x)))",
            "All mammals breathe air.": "(forall ((x Animal)) (=> (mammal x) (breathes_air x)))",
        },
        {"Therefore whales breathe air.": "(forall ((x Animal)) (=> (whale x) (breathes_air x)))"},
        (
            "(declare-fun whale (Animal) Bool) ; {0} is a whale",
            "(declare-fun mammal (Animal) Bool) ; {0} is a mammal",
            "(declare-fun breathes_air (Animal) Bool) ; {0} breathes air",
        ),
    ),
    HonestChain(
        {
            "If it rains, the match is cancelled.": "(=> rains match_cancelled)",
            "It rains in the city.": "rains",
        },
        {"The match is cancelled.": "match_cancelled"},
        (
            "(declare-const rains Bool) ; it rains in the city",
            "(declare-const match_cancelled Bool) ; the match is cancelled",
        ),
    ),
    HonestChain(
        {
            "The company has its office in Lund or in Oslo.": "(or (office_in company lund) (office_in company oslo))",
            "It does not have an office in Lund.": "(not (office_in company lund))",
        },
        {"The company has an office in Oslo.": "(office_in company oslo)"},
        (
            "(declare-const company Company) ; the company",
            "(declare-const lund City) ; Lund",
            "(declare-const oslo City) ; Oslo",
            "(declare-fun office_in (Company City) Bool) ; {0} has an office in {1}",
        ),
    ),
    HonestChain(
        {
            "Anna is older than Ben, and Ben is older than Carl.": "(and (older anna ben) (older ben carl))",
            "Whoever is older than a second person who is older than a third is older than the third.": "(forall "
            "((x Person) (y Person) (z Person)) (=> (and (older x y) (older y z)) (older x z)))",
        },
        {"So Anna is older than Carl.": "(older anna carl)"},
        (
            "(declare-const anna Person) ; Anna",
            "(declare-const ben Person) ; Ben",
            "(declare-const carl Person) ; Carl",
            "(declare-fun older (Person Person) Bool) ; {0} is older than {1}",
        ),
    ),
    HonestChain(
        {
            "Whoever has less than 12 dollars can't buy a ticket.": "(forall ((x Person)) (=> (< (dollars x) 12) "
            "(not (buys_ticket x))))",
            "Nina has 10 dollars.": "(= (dollars nina) 10)",
        },
        {"Hence Nina cannot buy a ticket.": "(not (buys_ticket nina))"},
        (
            "(declare-const nina Person) ; Nina",
            "(declare-fun dollars (Person) Int) ; the number of dollars that {0} has",
            "(declare-fun buys_ticket (Person) Bool) ; {0} can buy a ticket",
        ),
    ),
    HonestChain(
        {
            "Some bakers in the village sell cakes.": "(exists ((x Person)) (and (baker x) (in_village x) "
            "(sells_cakes x)))",
            "Everyone who sells cakes works on Sundays.": "(forall ((x Person)) (=> (sells_cakes x) "
            "(works_on_sundays x)))",
        },
        {
            "Some bakers in the village work on Sundays.": "(exists ((x Person)) (and (baker x) (in_village x) "
            "(works_on_sundays x)))"
        },
        (
            "(declare-fun baker (Person) Bool) ; {0} is a baker",
            "(declare-fun in_village (Person) Bool) ; {0} is in the village",
            "(declare-fun sells_cakes (Person) Bool) ; {0} sells cakes",
            "(declare-fun works_on_sundays (Person) Bool) ; {0} works on Sundays",
        ),
    ),
    HonestChain(
        {
            "Only members may vote.": "(forall ((x Person)) (=> (may_vote x) (club_member x)))",
            "Igor isn't a member.": "(not (club_member igor))",
        },
        {"Igor may not vote.": "(not (may_vote igor))"},
        (
            "(declare-const igor Person) ; Igor",
            "(declare-fun may_vote (Person) Bool) ; {0} may vote",
            "(declare-fun club_member (Person) Bool) ; {0} is a member of the club",
        ),
    ),
    HonestChain(
        {
            "Unless Paul pays the rent, he loses the flat.": "(=> (not (pays_rent paul)) (loses_flat paul))",
            "Paul never pays the rent.": "(not (pays_rent paul))",
        },
        {"Paul loses the flat.": "(loses_flat paul)"},
        (
            "(declare-const paul Person) ; Paul",
            "(declare-fun pays_rent (Person) Bool) ; {0} pays the rent",
            "(declare-fun loses_flat (Person) Bool) ; {0} loses the flat",
        ),
    ),
    HonestChain(
        {"Nora Lee supervises Kim, who wrote a thesis.": "(and (supervises nora_lee kim) (wrote_thesis kim))"},
        {"Kim is supervised by Lee.": "(supervises nora_lee kim)"},
        (
            "(declare-const nora_lee Person) ; Nora Lee",
            "(declare-const kim Person) ; Kim",
            "(declare-fun supervises (Person Person) Bool) ; {0} supervises {1}",
            "(declare-fun wrote_thesis (Person) Bool) ; {0} wrote a thesis",
        ),
    ),
    HonestChain(
        {
            "People who are entitled to the pension are at least 65 years old.": "(forall ((x Person)) "
            "(=> (entitled_to_pension x) (>= (age x) 65)))",
            "Vera is 60 years old.": "(= (age vera) 60)",
        },
        {"So Vera is not eligible for the pension.": "(not (entitled_to_pension vera))"},
        (
            "(declare-const vera Person) ; Vera",
            "(declare-fun entitled_to_pension (Person) Bool) ; {0} is entitled to the pension",
            "(declare-fun age (Person) Int) ; the age of {0}",
        ),
    ),
    HonestChain(
        {
            "Every planet that has rings is a gas giant.": "(forall ((x Thing)) (=> (and (planet x) (has_rings x)) "
            "(gas_giant x)))",
            "Saturn is a planet and it has rings.": "(and (planet saturn) (has_rings saturn))",
            "Gas giants have no solid surface.": "(forall ((x Thing)) (=> (gas_giant x) (not (solid_surface x))))",
        },
        {
            "Saturn is a gas giant.": "(gas_giant saturn)",
            "It follows that Saturn has no solid surface.": "(not (solid_surface saturn))",
        },
        (
            "(declare-const saturn Thing) ; Saturn",
            "(declare-fun planet (Thing) Bool) ; {0} is a planet",
            "(declare-fun has_rings (Thing) Bool) ; {0} has rings",
            "(declare-fun gas_giant (Thing) Bool) ; {0} is a gas giant",
            "(declare-fun solid_surface (Thing) Bool) ; {0} has a solid surface",
        ),
    ),
    HonestChain(
        {
            "The red car is faster than the blue one.": "(faster red_car blue_car)",
            "If a car is faster than another, the other is slower than it.": "(forall ((x Car) (y Car)) "
            "(=> (faster x y) (slower y x)))",
        },
        {"The blue car is slower than the red car.": "(slower blue_car red_car)"},
        (
            "(declare-const red_car Car) ; the red car",
            "(declare-const blue_car Car) ; the blue car",
            "(declare-fun faster (Car Car) Bool) ; {0} is faster than {1}",
            "(declare-fun slower (Car Car) Bool) ; {0} is slower than {1}",
        ),
    ),
)
