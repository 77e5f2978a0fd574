"""Published numbers, each with its source. What can be done by hand is done by hand in the comment."""

from decimal import Decimal

import numpy as np
import pytest
from scipy import stats

from roi.calc import finance
from roi.calc.correlation import correlated
from roi.calc.distributions import Shape, lognormal_cost, pert, spt_metalog
from roi.calc.ratios import wsjf
from roi.calc.reference_class import Uplift, corrected
from roi.calc.shapley import shapley
from workloads.calc.fair_shares import whole_parts

GRID = (np.arange(200_000) + 0.5) / 200_000


class TestForresterTei:
    """Forrester Consulting, The Total Economic Impact of SalesLoft, Financial Summary, cash flow table
    (risk-adjusted), 10 % a year: https://pravda.ufcontent.com/i/1285868-the-total-economic-impact-of-salesloft-final-3-1/20
    """

    COSTS = np.array([53_150, 666_715, 636_772, 647_783], dtype=float)
    BENEFITS = np.array([0, 1_606_511, 3_061_331, 4_229_760], dtype=float)

    def test_present_values(self) -> None:
        assert finance.npv(self.COSTS, 0.10) == pytest.approx(1_672_201, abs=1)
        assert finance.npv(self.BENEFITS, 0.10) == pytest.approx(7_168_371, abs=1)
        assert finance.npv(self.BENEFITS - self.COSTS, 0.10) == pytest.approx(5_496_170, abs=1)

    def test_roi_is_net_benefits_over_costs(self) -> None:
        costs, benefits = finance.npv(self.COSTS, 0.10), finance.npv(self.BENEFITS, 0.10)
        assert round(float(finance.roi(benefits, costs)) * 100) == 329

    def test_payback_comes_within_six_months(self) -> None:
        """53,150 of 939,796 in the first year: 0.68 months."""
        years = finance.payback((self.BENEFITS - self.COSTS)[None, :])[0]
        assert years * 12 == pytest.approx(0.6787, abs=1e-4)


class TestNumpyFinancial:
    """numpy-financial 1.0, documentation of npv, irr and mirr (https://numpy.org/numpy-financial/latest/), the npv
    example after Gitman, Principles of Managerial Finance; mirr: the cases of the package's own tests."""

    def test_npv(self) -> None:
        flows = np.array([-40_000, 5_000, 8_000, 12_000, 30_000])
        assert finance.npv(flows, 0.08) == pytest.approx(3065.22267, abs=5e-6)
        assert finance.npv(np.array([-100, 39, 59, 55, 20]), 0.281) == pytest.approx(-0.00847859, abs=1e-8)

    @pytest.mark.parametrize(
        ("flows", "rate"),
        [
            ([-100, 39, 59, 55, 20], 0.28095),
            ([-100, 0, 0, 74], -0.0955),
            ([-100, 100, 0, 7], 0.06206),
            ([-250_000, 100_000, 150_000, 200_000, 250_000, 300_000], 0.5672303344358536),
        ],
    )
    def test_irr(self, flows: list[float], rate: float) -> None:
        assert finance.irr(np.array(flows)).rate == pytest.approx(rate, abs=5e-6)

    @pytest.mark.parametrize(
        ("flows", "rate"), [([-100, 100, 0, -7], -0.0833), ([-5, 10.5, 1, -8, 1], 0.0886)]
    )
    def test_irr_where_the_package_shows_one_root_of_several(self, flows: list[float], rate: float) -> None:
        found = finance.irr(np.array(flows))
        assert found.rate is None and len(found.roots) > 1
        assert any(root == pytest.approx(rate, abs=5e-5) for root in found.roots)

    @pytest.mark.parametrize(
        ("flows", "finance_rate", "reinvest_rate", "rate"),
        [
            ([-4500, -800, 800, 800, 600, 600, 800, 800, 700, 3000], 0.08, 0.055, 0.0666),
            ([-120_000, 39_000, 30_000, 21_000, 37_000, 46_000], 0.10, 0.12, 0.126094),
            ([100, 200, -50, 300, -200], 0.05, 0.06, 0.3428),
        ],
    )
    def test_mirr(self, flows: list[float], finance_rate: float, reinvest_rate: float, rate: float) -> None:
        found = finance.mirr(np.array(flows, dtype=float), finance_rate, reinvest_rate)
        assert found == pytest.approx(rate, abs=5e-5)


class TestMicrosoftExcel:
    """Excel's reference, functions NPV, IRR and MIRR (https://support.microsoft.com/en-us/excel/functions/mirr-function).
    Excel's NPV discounts its first value by one period: a leading zero here."""

    @pytest.mark.parametrize(
        ("flows", "rate", "worth"),
        [
            ([0, -10_000, 3_000, 4_200, 6_800], 0.10, 1188.44),
            ([-40_000, 8_000, 9_200, 10_000, 12_000, 14_500], 0.08, 1922.06),
            ([-40_000, 8_000, 9_200, 10_000, 12_000, 14_500, -9_000], 0.08, -3749.47),
        ],
    )
    def test_npv(self, flows: list[float], rate: float, worth: float) -> None:
        assert finance.npv(np.array(flows), rate) == pytest.approx(worth, abs=0.005)

    @pytest.mark.parametrize(("years", "rate"), [(4, -0.021), (5, 0.087), (2, -0.444)])
    def test_irr(self, years: int, rate: float) -> None:
        flows = np.array([-70_000, 12_000, 15_000, 18_000, 21_000, 26_000])[: years + 1]
        assert finance.irr(flows).rate == pytest.approx(rate, abs=5e-4)

    @pytest.mark.parametrize(
        ("years", "reinvest", "rate"), [(5, 0.12, 0.13), (3, 0.12, -0.05), (5, 0.14, 0.13)]
    )
    def test_mirr(self, years: int, reinvest: float, rate: float) -> None:
        flows = np.array([-120_000.0, 39_000, 30_000, 21_000, 37_000, 46_000])[: years + 1]
        assert finance.mirr(flows, 0.10, reinvest) == pytest.approx(rate, abs=5e-3)


class TestTextbookRates:
    """Several rates, one rate, none."""

    def test_brealey_myers_two_rates(self) -> None:
        """Brealey, Myers: Principles of Corporate Finance, the pitfalls of IRR: 25 % and 400 %, NPV -1,934 at 10 %."""
        flows = np.array([-4_000, 25_000, -25_000])
        assert finance.irr(flows).roots == pytest.approx((0.25, 4.0))
        assert finance.npv(flows, 0.10) == pytest.approx(-1934, abs=0.5)

    def test_brealey_myers_no_rate(self) -> None:
        """The same chapter: +1,000, -3,000, +2,500 has no IRR and an NPV of 339 at 10 %."""
        flows = np.array([1_000, -3_000, 2_500])
        assert finance.irr(flows).roots == () and finance.irr(flows).rate is None
        assert finance.npv(flows, 0.10) == pytest.approx(339, abs=0.5)

    def test_lorie_savage_oil_pump(self) -> None:
        """Lorie, Savage: Three Problems in Rationing Capital, Journal of Business 28 (1955): 25 % and 400 %."""
        found = finance.irr(np.array([-1_600, 10_000, -10_000]))
        assert found.roots == pytest.approx((0.25, 4.0)) and found.rate is None
        assert "25.0% and 400.0%" in found.words and "MIRR" in found.words

    def test_two_of_four_roots_are_rates(self) -> None:
        """-76.9 % and 185 %; the other two roots of the polynomial, 1 + r = -4.40 and -0.69, are no rates."""
        found = finance.irr(np.array([-50, -100, 600, 300, -100]))
        assert found.roots == pytest.approx((-0.769, 1.854), abs=5e-4) and found.rate is None


# Hillier, Lieberman: Introduction to Operations Research, the Reliable Construction Co. project: optimistic, most
# likely and pessimistic weeks of each activity, and the mean (a + 4m + b)/6 that the PERT table gives.
ACTIVITIES = {
    "A": (1, 2, 3, 2),
    "B": (2, 3.5, 8, 4),
    "C": (6, 9, 18, 10),
    "D": (4, 5.5, 10, 6),
    "E": (1, 4.5, 5, 4),
    "F": (4, 4, 10, 5),
    "G": (5, 6.5, 11, 7),
    "H": (5, 8, 17, 9),
    "I": (3, 7.5, 9, 7),
    "J": (3, 9, 9, 8),
    "L": (1, 5.5, 7, 5),
    "N": (5, 5.5, 9, 6),
}


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_pert_means_of_a_published_project_and_the_exact_variance(activity: str) -> None:
    """The variance is the exact one of the beta, (mu - a)(b - mu)/7 (Vose), not the classic (b - a)^2/36."""
    low, mode, high, mean = ACTIVITIES[activity]
    weeks = pert(low, mode, high, GRID)
    assert weeks.mean() == pytest.approx(mean, abs=1e-3)
    assert weeks.var() == pytest.approx((mean - low) * (high - mean) / 7, rel=1e-3)


class TestMetalog:
    """Keelin: The Metalog Distributions, Decision Analysis 13(4), 2016, the symmetric-percentile triplet."""

    def test_quartiles_of_a_skewed_triplet(self) -> None:
        """35/50/75 at 10 %, r = 3/8: a2 = 40/(2 ln 9), a3 = (1/4)(40)/(0.8 ln 9); at y = 1/4 logit y = -(ln 9)/2, so
        M = 50 - 10 + 1.5625, and at 3/4 M = 50 + 10 + 1.5625."""
        found = spt_metalog(35, 50, 75, np.array([0.25, 0.75]))
        assert found == pytest.approx([41.5625, 61.5625])

    def test_the_published_bound_of_feasible_triplets(self) -> None:
        """k = (1 - 1.66711 (1/2 - 1/10))/2 = 0.166578; beyond it the quantile function would fall somewhere."""
        assert spt_metalog(0, 0.1666, 1, GRID) is not None
        assert spt_metalog(0, 0.1665, 1, GRID) is None

    def test_the_bound_is_where_quantiles_begin_to_fall(self) -> None:
        inside = spt_metalog(0, 0.1666, 1, GRID)
        assert inside is not None and (np.diff(inside) > -1e-9).all()


def test_a_lognormal_by_its_published_moments() -> None:
    """Johnson, Kotz, Balakrishnan: Continuous Univariate Distributions 1: mean m exp(s^2/2), here m = 100, s = 0.5;
    P10 and P90 are 100 exp(-+0.5 x 1.2815516)."""
    low, high = 100 * np.exp(-0.64077578), 100 * np.exp(0.64077578)
    cost = lognormal_cost(low, 100, high, GRID)
    assert cost.mean() == pytest.approx(100 * np.exp(0.125), rel=1e-4)
    assert np.quantile(cost, 0.99) == pytest.approx(100 * np.exp(0.5 * 2.3263479), rel=1e-3)


@pytest.mark.parametrize(
    ("share", "shortfall"), [(0.10, 1.755), (0.05, 2.063), (0.025, 2.338), (0.01, 2.665)]
)
def test_expected_shortfall_of_a_normal(share: float, shortfall: float) -> None:
    """Rockafellar, Uryasev: Optimization of Conditional Value-at-Risk, Journal of Risk 2 (2000): phi(z)/alpha for a
    normal; the figures at 5, 2.5 and 1 % are those of McNeil, Frey, Embrechts, Quantitative Risk Management."""
    assert finance.cvar(stats.norm.ppf(GRID), share) == pytest.approx(-shortfall, abs=6e-4)


@pytest.mark.parametrize("rho", [-0.8, -0.3, 0.5, 0.9])
def test_ranks_and_normals_are_tied_as_pearson_found(rho: float) -> None:
    """Pearson 1907: a normal correlation r gives Spearman's 6/pi arcsin(r/2), so r = 2 sin(pi rho/6)."""
    points = stats.qmc.Sobol(2, rng=np.random.default_rng(1)).random(2**14)
    u = {"volume": np.clip(points[:, 0], 1e-6, 1 - 1e-6), "run_cost": np.clip(points[:, 1], 1e-6, 1 - 1e-6)}
    moved = correlated(u, [("volume", "run_cost", rho)])
    normals = stats.norm.ppf([moved["volume"], moved["run_cost"]])
    assert np.corrcoef(normals)[0, 1] == pytest.approx(2 * np.sin(np.pi * rho / 6), abs=0.005)
    assert stats.spearmanr(*normals)[0] == pytest.approx(rho, abs=0.005)


class TestShapley:
    """Games whose Shapley values are in print."""

    def test_glove_game(self) -> None:
        """Two right gloves, one left (https://en.wikipedia.org/wiki/Shapley_value): 1/6, 1/6, 2/3."""

        def pairs(players: frozenset[str]) -> float:
            return float(min(len(players & {"right 1", "right 2"}), len(players & {"left"})))

        found = shapley(["right 1", "right 2", "left"], pairs)
        assert found == pytest.approx({"right 1": 1 / 6, "right 2": 1 / 6, "left": 2 / 3})

    def test_airport_game(self) -> None:
        """Littlechild, Owen: A Simple Expression for the Shapley Value in a Special Case, Management Science 20 (1973);
        runways of 40 to 90: (40, 52, 67, 87, 117, 177)/6
        (https://math.techqa.club/calculate-the-shapley-value-of-the-airport-game-4152535)."""
        costs = {"I": 40, "II": 50, "III": 60, "IV": 70, "V": 80, "VI": 90}
        found = shapley(list(costs), lambda landing: float(max((costs[p] for p in landing), default=0)))
        assert list(found.values()) == pytest.approx([x / 6 for x in (40, 52, 67, 87, 117, 177)])

    def test_servicenow_gap(self) -> None:
        """ServiceNow's value example: 15,000 forecast, 11,266.67 realised, coverage and handling time both at 13/15
        of plan. One after the other gives -2,000.00 and -1,733.33; Shapley gives each -1,866.67, and the cents meet."""

        def value(changed: frozenset[str]) -> float:
            return (
                15_000 * (13 / 15 if "coverage" in changed else 1) * (13 / 15 if "handling" in changed else 1)
            )

        assert value(frozenset({"coverage"})) - 15_000 == pytest.approx(-2000)
        found = shapley(["coverage", "handling"], value)
        assert found == pytest.approx({"coverage": -1866.6667, "handling": -1866.6667}, abs=1e-4)
        cents = whole_parts(found, Decimal("-3733.33"))
        assert sorted(cents.values()) == [Decimal("-1866.67"), Decimal("-1866.66")]


def test_cost_of_delay_over_duration_of_the_ice_cream_stand() -> None:
    """Arnold, CD3 and proportionality to outcomes (https://blackswanfarming.com/cd3-and-proportionality-to-outcomes/):
    10 a week in 2 weeks scores 5, 30 a week in 4 weeks scores 7.5."""
    assert wsjf(10, 2).value == 5 and wsjf(30, 4).value == 7.5


@pytest.mark.parametrize(("uplift", "pounds"), [(1.40, 357), (1.57, 400)])
def test_reference_class_forecast_of_the_edinburgh_tram(uplift: float, pounds: float) -> None:
    """Flyvbjerg: From Nobel Prize to Project Management, Project Management Journal 37(3), 2006: GBP 255 million, with
    the rail uplift of 40 % at an even chance 357, with 57 % at four in five 400."""
    shape = corrected({"build_cost": Shape(255, 255, 255)}, [Uplift("build_cost", uplift, "", "", 0)])
    assert shape["build_cost"].likely == pytest.approx(pounds, abs=0.5)
