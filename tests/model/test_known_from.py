"""From when each number was known: what came after 15 April 2025 is marked, so that a backtest can leave it out."""

import re
from datetime import date

from model.case_file import load_case
from model.declaration import quantities
from model.parameters import Parameters

TALKS = date(2025, 4, 15)
ALL = load_case("all")
# Sources whose every text is of a day after 15 April 2025; what cites only such ones must say from when it was known.
LATE_TEXTS = """
    B1 K3 K4 K6 K7 K8 K9 K10 N3 N6 N7 N16 N18 N21 Q1 Q2 Q5 Q6 Q8 Q9 Q10 Q11 Q15 Q16 Q18 Q19 Q21 Q23 Q25 Q28 Q29 Q31
    Q32 Q33 Q34 Q35 W3 W6 W12 W13 W14 W15 W16 W19 W20 W21 W23 W25 W27 W28 W32 W33 W36 W42
"""
LATER = {
    "window.meetings_per_week": "2025-04-26",
    "window.extension_days": "2025-07-07",
    "KOR.flexibility_after": "2025-07-30",
    "KOR.ratification_after": "2025-06-03",
    "KOR.investment_and_energy_purchases": "2025-07-30",
    "JPN.flexibility_after": "2025-07-22",
    "JPN.ratification_after": "2025-07-22",
    "JPN.bioethanol_soy_corn_purchases": "2025-07-23",
    "JPN.investment_vehicle": "2025-07-22",
    "JPN.aircraft_and_defence_purchases": "2025-07-23",
    "VNM.chinese_content_in_supply_chain": "2025-06-03",
    "GBR.flexibility_before": "2025-05-08",
    "GBR.flexibility_after": "2025-05-08",
    "GBR.beef_quota": "2025-05-08",
    "GBR.ethanol_quota": "2025-05-08",
    "GBR.car_tariff_and_standards": "2025-04-24",
    "GBR.supply_chain_security": "2025-05-08",
    "AUS.flexibility_after": "2025-07-24",
    "AUS.critical_minerals_access": "2025-10-20",
    "EU.investment_and_arms": "2025-07-27",
    "EU.auto_standards_and_green_rules": "2025-08-21",
    "TWN.date": "2025-06-20",
    "TWN.flexibility_before": "2025-06-20",
    "TWN.flexibility_after": "2025-07-26",
    "TWN.ratification_after": "2025-07-26",
    "TWN.sensitive_farm_products": "2025-07-05",
    "CHE.flexibility_after": "2025-08-07",
    "CHE.ratification_after": "2025-08-07",
    "CHE.investment_for_surplus": "2025-11-14",
    "CHE.agricultural_access": "2025-11-14",
    "CHE.chlorine_chicken_hormone_meat": "2025-11-14",
    "CHE.digital_services_tax": "2025-11-14",
    "CHE.vehicle_and_device_recognition": "2025-11-14",
    "CHE.sanctions_export_controls": "2025-11-14",
    "IDN.flexibility_before": "2025-04-18",
    "IDN.flexibility_after": "2025-04-18",
    "IDN.critical_mineral_exports": "2025-07-22",
    "IDN.purchases_and_near_zero_tariffs": "2025-07-22",
    "THA.date": "2025-07-01",
    "THA.flexibility_before": "2025-07-16",
    "THA.flexibility_after": "2025-07-30",
    "THA.ratification_after": "2025-07-01",
    "THA.pork_ractopamine_access": "2025-07-16",
    "THA.zero_tariff_on_us_goods": "2025-07-16",
    "THA.transshipment_origin": "2025-07-31",
    "THA.digital_tax_and_data": "2025-10-26",
    "THA.energy_aircraft_purchases": "2025-10-26",
    "MYS.digital_tax_and_platform_rules": "2025-07-09",
    "MYS.rare_earths_critical_minerals": "2025-10-26",
    "MYS.chip_export_controls_transshipment": "2025-10-26",
    "MYS.purchases_and_investment": "2025-10-26",
}


def origins(case):
    """Where every number and issue of a case comes from, by a name for it."""
    for key, origin in case.window.provenance.items():
        yield f"window.{key}", origin
    for country in case.countries:
        for key, origin in country.provenance.items():
            yield f"{country.iso3}.{key}", origin
        for issue in country.issues:
            yield f"{country.iso3}.{issue.name}", issue.provenance


def later(case):
    """What of a case was known only after the talks began, and from when."""
    known = {name: origin.known_from for name, origin in origins(case)}
    return {name: day.isoformat() for name, day in known.items() if day is not None and day > TALKS}


def test_what_came_later_is_marked():
    assert later(ALL) == LATER


def test_of_the_parameters_two_came_later():
    marked = {name: quantity.known_from for name, quantity in quantities(Parameters).items() if quantity.known_from}
    assert marked == {"adjustment_loss": date(2025, 5, 1), "sector_relief_rate": date(2025, 7, 22)}


def test_a_selection_knows_it_too():
    six = load_case("six")
    assert later(six) == {name: day for name, day in LATER.items() if name.split(".")[0] in (*six.ids, "window")}


def test_an_issue_that_cites_only_later_texts_says_from_when_it_was_known():
    for country in ALL.countries:
        for issue in country.issues:
            cited = set(filter(None, issue.provenance.source.split(";")))
            if cited and cited <= set(LATE_TEXTS.split()):
                assert issue.provenance.known_from is not None, (country.iso3, issue.name)


def test_what_tells_of_hindsight_is_marked():
    for name, origin in origins(ALL):
        if re.search("hindsight|deal on|deal two days|first deal|deal 30 Jul|shock of", origin.note):
            assert name in LATER, name
