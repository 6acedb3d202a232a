using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Models.Tests;

public class CandlestickPatternsTests
{
    /// <summary>Open, high, low and close as columns.</summary>
    sealed record Market(double[] Open, double[] High, double[] Low, double[] Close)
    {
        public static Market Of(IReadOnlyList<double[]> candles) => new(
            [.. candles.Select(c => c[0])], [.. candles.Select(c => c[1])], [.. candles.Select(c => c[2])], [.. candles.Select(c => c[3])]);

        public Market Map(Func<double, double> f) =>
            new([.. Open.Select(f)], [.. High.Select(f)], [.. Low.Select(f)], [.. Close.Select(f)]);

        public Market this[Range range] => new(Open[range], High[range], Low[range], Close[range]);

        /// <summary>Prices p become -p, so that the high and the low change places.</summary>
        public Market UpsideDown()
        {
            var m = Map(p => -p);
            return m with { High = m.Low, Low = m.High };
        }

        public sbyte[] Find(CandlestickPattern pattern, CandleSettings? settings = null)
        {
            var output = new sbyte[Open.Length];
            output.AsSpan().Fill(7);
            pattern.Find(Open, High, Low, Close, output, settings);
            return output;
        }
    }

    /// <summary>
    /// What stands before each hand-made case: white candles with a body of 10 from 100 to 110, a range of 20 from 95 to 115. So at the
    /// case's first candle a body is long above 10 and short below 10, a doji's up to 0.1 · 20 = 2, a shadow very short below 2, near
    /// is 0.2 · 20 = 4 and far 0.6 · 20 = 12. Each candle of the case then enters the means of the next ones. After a body of 20 the mean
    /// body is (9 · 10 + 20) / 10 = 11, after one of 20 and one of 1 it is (8 · 10 + 21) / 10 = 10.1. Among the soldiers, after a range of
    /// 12, a shadow is very short below (9 · 20 + 12) / 100 = 1.92, near is 0.2 · (4 · 20 + 12) / 5 = 3.68 (115 + 3.68 = 118.68) and far
    /// 11.04; after two of 12, very short is below 1.84. Among the crows, after ranges of 12 and 14, it is (160 + 26) / 100 = 1.86.
    /// </summary>
    static readonly double[] Usual = [100, 115, 95, 110];

    /// <summary>
    /// pattern | expected at the last candle | open high low close; … | why. A line that gives 0 breaks one condition of the pattern
    /// and no other. Conditions that follow from the others (the second candle of a piercing line is white because it opens below a low
    /// and closes above a middle; a crow is black because the next one opens below its open and above its close) cannot be broken alone.
    /// </summary>
    const string Cases = """
        doji | 100 | 100 110 90 102 | body 2, the most that a doji may have
        doji | 100 | 101.5 110 90 100 | black, body 1.5
        doji | 100 | 100 100 100 100 | all four prices equal
        doji | 0 | 100 110 90 102.25 | body 2.25 > 2

        hammer | 100 | 95 98 85 97 | body 2 < 10, lower shadow 10 > 2, upper 1 < 2, body starts at 95 <= 95 + 4
        hammer | 100 | 99.5 100 90 99 | black, and it starts at 99 = 95 + 4
        hammer | 0 | 99 110 80 109 | body 10 is not below 10
        hammer | 0 | 95 98 93 97 | lower shadow 2 is not above the body 2
        hammer | 0 | 95 99 85 97 | upper shadow 2 is not below 2
        hammer | 0 | 99.25 102 85 101 | the body starts at 99.25 > 99

        hanging_man | -100 | 111 113 100 112 | body 1, lower shadow 11, upper 1, body starts at 111 = 115 - 4
        hanging_man | -100 | 121 122 105 120 | black, its body above the previous high
        hanging_man | 0 | 111 122 95 121 | body 10 is not below 10
        hanging_man | 0 | 111 113 110 112 | lower shadow 1 is not above the body 1
        hanging_man | 0 | 111 114 100 112 | upper shadow 2 is not below 2
        hanging_man | 0 | 110.75 113 100 112 | the body starts at 110.75 < 111

        inverted_hammer | 100 | 97 108 96 99 | body 97 to 99 below 100, upper shadow 9 > 2, lower 1 < 2
        inverted_hammer | 100 | 92 103 89 90 | black, body 2, upper shadow 11, lower 1
        inverted_hammer | 0 | 98 109 97 100 | the body reaches the previous one at 100
        inverted_hammer | 0 | 89 111 88 99 | body 10 is not below 10
        inverted_hammer | 0 | 97 101 96 99 | upper shadow 2 is not above the body 2
        inverted_hammer | 0 | 97 108 95 99 | lower shadow 2 is not below 2

        shooting_star | -100 | 111 122 110 113 | body 111 to 113 above 110, upper shadow 9 > 2, lower 1 < 2
        shooting_star | -100 | 113 124 110.5 111 | black, upper shadow 11, lower 0.5
        shooting_star | 0 | 110 121 109 112 | the body starts where the previous one ends, at 110
        shooting_star | 0 | 111 133 110 121 | body 10 is not below 10
        shooting_star | 0 | 111 115 110 113 | upper shadow 2 is not above the body 2
        shooting_star | 0 | 111 122 109 113 | lower shadow 2 is not below 2

        marubozu | 100 | 100 112 99 111 | body 11 > 10, shadows 1 < 2
        marubozu | -100 | 111 112 99 100 | the same in black
        marubozu | 0 | 100 111 99 110 | body 10 is not above 10
        marubozu | 0 | 100 113 99 111 | upper shadow 2 is not below 2
        marubozu | 0 | 100 112 98 111 | lower shadow 2 is not below 2

        spinning_top | 100 | 100 107 96 103 | body 3 < 10, both shadows 4 > 3
        spinning_top | -100 | 103 107 96 100 | the same in black
        spinning_top | 100 | 100 101 99 100 | a body of 0 is white
        spinning_top | 0 | 100 106 96 103 | upper shadow 3 is not above the body 3
        spinning_top | 0 | 100 107 97 103 | lower shadow 3 is not above the body 3
        spinning_top | 0 | 100 121 89 110 | body 10 is not below 10

        engulfing | 100 | 104 106 99 101; 100 107 98 105 | white 100 to 105 around black 104 to 101
        engulfing | -100 | 101 106 99 104; 105 107 98 100 | black 105 to 100 around white 101 to 104
        engulfing | 80 | 104 106 99 101; 101 107 98 105 | opens where the other closed
        engulfing | 80 | 104 106 99 101; 100 107 98 104 | closes where the other opened
        engulfing | -80 | 101 106 99 104; 104 107 98 100 | opens where the other closed
        engulfing | -80 | 101 106 99 104; 105 107 98 101 | closes where the other opened
        engulfing | 0 | 104 106 99 101; 101 107 98 104 | both ends equal
        engulfing | 0 | 101 106 99 104; 100 107 98 105 | both white
        engulfing | 0 | 105 106 99 104; 106 107 98 100 | both black
        engulfing | 0 | 104 106 99 101; 102 107 98 105 | opens within the other body
        engulfing | 0 | 104 106 99 101; 100 107 98 103 | closes within the other body

        harami | 100 | 120 121 99 100; 105 112 104 110 | black body 20 > 10; then 5 <= 11 within 100 to 120
        harami | 100 | 120 121 99 100; 110 112 104 105 | the second may be black too
        harami | -100 | 100 121 99 120; 110 112 104 105 | after a white body
        harami | 100 | 120 121 99 100; 101 113 100 112 | second body 11 <= 11
        harami | 80 | 120 121 99 100; 100 112 99 105 | lower ends equal
        harami | -80 | 100 121 99 120; 115 121 114 120 | upper ends equal
        harami | 0 | 120 121 99 100; 101 113 100 112.25 | second body 11.25 > 11
        harami | 0 | 110 111 99 100; 103 106 102 105 | first body 10 is not above 10
        harami | 0 | 120 121 99 100; 99 112 98 105 | the second reaches below 100
        harami | 0 | 120 121 99 100; 118 122 117 121 | the second reaches above 120

        piercing | 100 | 120 121 99 100; 98 112 97 111 | 20 > 10; 13 > 11; opens below 99, closes in 110 to 120
        piercing | 100 | 120 121 99 100; 90 120 89 119.5 | closes just within the body
        piercing | 100 | 112 113 99.5 100; 98 112 97 111 | black 12; white 13 > (90 + 12) / 10 = 10.2
        piercing | 0 | 100 121 99 120; 98 112 97 111 | the first is white
        piercing | 0 | 110 111 99 100; 98 110 97 109 | first body 10 is not above 10
        piercing | 0 | 112 113 99.5 100; 99.25 107 98 106.25 | second body 7 < 10.2
        piercing | 0 | 120 121 99 100; 99 112 97 111 | opens at the low 99
        piercing | 0 | 120 121 99 100; 98 112 97 110 | closes at the middle 110
        piercing | 0 | 120 121 99 100; 98 121 97 120 | closes at the open 120

        dark_cloud_cover | -100 | 100 121 99 120; 122 123 104 105 | white 20 > 10; opens above 121, closes below 110, above 100
        dark_cloud_cover | -100 | 100 121 99 120; 121.25 122 109 109.5 | just above the high, just below the middle
        dark_cloud_cover | -100 | 100 112.5 99 112; 112.75 113 105 105.75 | a second body of 7 < 10.2 need not be long
        dark_cloud_cover | 0 | 120 121 99 100; 122 123 104 105 | the first is black
        dark_cloud_cover | 0 | 100 111 99 110; 112 113 101 102 | first body 10 is not above 10
        dark_cloud_cover | 0 | 100 121 99 120; 121 123 104 105 | opens at the high 121
        dark_cloud_cover | 0 | 100 121 99 120; 122 123 104 110 | closes at the middle 110
        dark_cloud_cover | 0 | 100 121 99 120; 122 123 99 100 | closes at the open 100

        morning_star | 100 | 120 121 99 100; 96 98 94 97; 98 112 97 111 | 20 > 10; 1 <= 11; 13 > 10.1; 111 > 106
        morning_star | 100 | 120 121 99 100; 97 98 94 96; 100 112 99 111 | a black star; the third 11 > 10.1
        morning_star | 100 | 120 121 99 100; 86 98 84 97; 98 112 97 111 | a star of 11 <= 11; the third 13 > 11.1
        morning_star | 0 | 100 121 99 120; 96 98 94 97; 98 130 97 128 | the first is white (128 > 120 + 6)
        morning_star | 0 | 110 111 99 100; 96 98 94 97; 98 112 97 111 | first body 10 is not above 10
        morning_star | 0 | 120 121 99 100; 99 101 94 100; 98 112 97 111 | the star reaches the first body at 100
        morning_star | 0 | 120 121 99 100; 85 99 84 97; 98 112 97 111 | a star of 12 > 11
        morning_star | 0 | 120 121 99 100; 96 98 94 97; 125 126 106 107 | the third is black
        morning_star | 0 | 120 121 99 100; 96 98 94 97; 90 107 89 106 | closes at 106
        morning_star | 0 | 120 121 99 100; 96 98 94 97; 101 112 100 111 | third body 10 < 10.1

        evening_star | -100 | 100 121 99 120; 123 126 122 124; 122 123 108 109 | 20 > 10; 1 <= 11; 13 > 10.1; 109 < 114
        evening_star | -100 | 100 121 99 120; 124 126 122 123; 120 121 108 109 | a black star; the third 11 > 10.1
        evening_star | 0 | 120 121 99 100; 123 126 122 124; 122 123 90 92 | the first is black (92 < 100 - 6)
        evening_star | 0 | 100 111 99 110; 113 116 112 114; 112 113 100 101 | first body 10 is not above 10
        evening_star | 0 | 100 121 99 120; 120 126 119 121; 122 123 108 109 | the star starts where the first body ends, at 120
        evening_star | 0 | 100 121 99 120; 123 136 122 135; 122 123 108 109 | a star of 12 > 11
        evening_star | 0 | 100 121 99 120; 123 126 122 124; 98 115 97 113 | the third is white
        evening_star | 0 | 100 121 99 120; 123 126 122 124; 130 131 113 114 | closes at 114
        evening_star | 0 | 100 121 99 120; 123 126 122 124; 119 120 108 109 | third body 10 < 10.1

        three_white_soldiers | 100 | 100 111 99 110; 105 116 104 115; 110 122 109 121 | shadows 1; third body 11 > 10
        three_white_soldiers | 100 | 100 111 99 110; 114 125 113 124; 120 132 119 131 | the second opens at 114 = 110 + 4
        three_white_soldiers | 100 | 100 111 99 110; 105 116 104 115; 118.5 131 118 130 | the third opens below 118.68
        three_white_soldiers | 100 | 100 131 99 130; 120 140 119 139; 130 151 129 150 | second body 19 > 30 - 12
        three_white_soldiers | 100 | 100 111 99 110; 105 146 104 145; 130 160 129 159 | third body 29 > 40 - 11.04
        three_white_soldiers | 0 | 102 103 99 101; 103 113 102 112; 110 122 109 121 | the first is black
        three_white_soldiers | 0 | 100 111 99 110; 112 113 110.5 111; 113 126 112 125 | the second is black
        three_white_soldiers | 0 | 100 112 99 110; 105 116 104 115; 110 122 109 121 | first upper shadow 2 is not below 2
        three_white_soldiers | 0 | 100 111 99 110; 105 117 104 115; 110 122 109 121 | second upper shadow 2 > 1.92
        three_white_soldiers | 0 | 100 111 99 110; 105 116 104 115; 110 123 109 121 | third upper shadow 2 > 1.84
        three_white_soldiers | 0 | 100 111 99 110; 101 111 100 110; 105 117 104 116 | the second close is not higher
        three_white_soldiers | 0 | 100 111 99 110; 105 126 104 125; 110 126 109 125 | the third close is not higher
        three_white_soldiers | 0 | 100 111 99 110; 100 116 99 115; 110 122 109 121 | the second opens at the first's open
        three_white_soldiers | 0 | 100 111 99 110; 114.25 125 113 124; 120 132 119 131 | the second opens at 114.25 > 114
        three_white_soldiers | 0 | 100 111 99 110; 105 116 104 115; 105 122 104 121 | the third opens at the second's open
        three_white_soldiers | 0 | 100 111 99 110; 105 116 104 115; 118.75 131 118 130 | the third opens at 118.75 > 118.68
        three_white_soldiers | 0 | 100 131 99 130; 120 139 119 138; 130 151 129 150 | second body 18 is not above 30 - 12
        three_white_soldiers | 0 | 100 111 99 110; 105 146 104 145; 130 159 129 158 | third body 28 < 40 - 11.04
        three_white_soldiers | 0 | 100 111 99 110; 105 116 104 115; 110 121 109 120 | third body 10 is not above 10

        three_black_crows | -100 | 110 111 99 100; 107 108 94 95; 98 99 89 90 | shadows 1; 107 in 100 to 110, 98 in 95 to 107
        three_black_crows | -100 | 112 113 103.5 104; 105 106 99 99.5; 100 101 96.5 97 | lower shadows 0.5
        three_black_crows | -100 | 120 121 114 114.75; 118 119 109 110; 113 114 107 108 | the first closes at 114.75 < 115
        three_black_crows | -100 | 110 115 100 111; 110 111 99 100; 107 108 94 95; 98 99 89 90 | a white candle of its own
        three_black_crows | 0 | 111 115 100 110; 110 111 99 100; 107 108 94 95; 98 99 89 90 | the candle before is black
        three_black_crows | 0 | 120 121 114 115; 118 119 109 110; 113 114 107 108 | the first closes at the white high 115
        three_black_crows | 0 | 110 111 99 100; 110 111 94 95; 98 99 89 90 | the second opens at the first's open
        three_black_crows | 0 | 110 111 99 100; 100 101 94 95; 98 99 89 90 | the second opens at the first's close
        three_black_crows | 0 | 110 111 99 100; 107 108 94 95; 107 108 89 90 | the third opens at the second's open
        three_black_crows | 0 | 110 111 99 100; 107 108 94 95; 95 96 89 90 | the third opens at the second's close
        three_black_crows | 0 | 110 111 99 100; 107 108 99 100; 103 104 89 90 | the second close is not lower
        three_black_crows | 0 | 110 111 99 100; 107 108 94 95; 98 99 94 95 | the third close is not lower
        three_black_crows | 0 | 110 111 98 100; 107 108 94 95; 98 99 89 90 | first lower shadow 2 is not below 2
        three_black_crows | 0 | 110 111 99 100; 107 108 93 95; 98 99 89 90 | second lower shadow 2 > 1.92
        three_black_crows | 0 | 110 111 99 100; 107 108 94 95; 98 99 88 90 | third lower shadow 2 > 1.86
        """;

    static (int Expected, double[][] Candles, string Line)[] CasesOf(CandlestickPattern pattern) =>
    [
        .. from line in Cases.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
           let parts = line.Split('|', StringSplitOptions.TrimEntries)
           where parts[0] == pattern.Name
           select (int.Parse(parts[1]), parts[2].Split("; ").Select(c => c.Split(' ').Select(double.Parse).ToArray()).ToArray(), line),
    ];

    static Market After(int usual, double[][] candles) => Market.Of([.. Enumerable.Repeat(Usual, usual), .. candles]);

    public static TheoryData<string> Names => [.. CandlestickPatterns.All.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Hand_made_cases_are_found_and_near_misses_are_not(string name)
    {
        var pattern = CandlestickPatterns.Named(name);
        var cases = CasesOf(pattern);
        Assert.True(cases.Count(c => c.Expected != 0) >= 2 && cases.Any(c => c.Expected == 0), name);
        foreach (var (expected, candles, line) in cases)
        {
            int found = After(20, candles).Find(pattern)[^1];
            Assert.True(found == expected, $"got {found}: {line}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_first_candle_that_is_judged_has_TA_Libs_index(string name)
    {
        var pattern = CandlestickPatterns.Named(name);
        int first = pattern.Lookback();
        foreach (var (expected, candles, line) in CasesOf(pattern).Where(c => c.Expected != 0 && c.Candles.Length <= 3))
        {
            sbyte[] found = After(first + 1 - candles.Length, candles).Find(pattern);
            Assert.True(found[^1] == expected && found[..^1].All(v => v == 0), line);
            found = After(first - candles.Length, candles).Find(pattern);
            Assert.True(found.All(v => v == 0), "one candle too early: " + line);
        }
    }

    /// <summary>
    /// Integer prices, on which TA-Lib's running sums are exact, chosen so that equal lengths and equal ends are common. The numbers of
    /// the next test come from the C code of TA-Lib as compiled in the npm package talib-web 0.1.3 (its candle settings set to TA-Lib's
    /// defaults), run over the same 20,000 candles made by the same generator.
    /// </summary>
    static Market Grid(uint seed, int count)
    {
        int Below(int n) => (int)((seed = seed * 1664525 + 1013904223) >> 16) % n;
        int[] gaps = [0, 0, 0, 1, -1, 4, -4, 8, -8], bodies = [0, 1, 2, 4, 8, 12, 16], shadows = [0, 0, 1, 3, 9];
        var candles = new double[count][];
        int close = 0;
        for (int t = 0; t < count; t++)
        {
            int open = close + gaps[Below(9)], body = bodies[Below(7)], up = Below(2), above = shadows[Below(5)], under = shadows[Below(5)];
            close = open + (up == 1 ? body : -body);
            candles[t] = [open, Math.Max(open, close) + above, Math.Min(open, close) - under, close];
        }
        return Market.Of(candles);
    }

    [Theory]
    [InlineData("doji", 10, 4875, 0, 0, 0, 889583920)]
    [InlineData("hammer", 11, 1021, 0, 0, 0, 708817763)]
    [InlineData("hanging_man", 11, 0, 0, 0, 821, 562773681)]
    [InlineData("inverted_hammer", 11, 503, 0, 0, 0, 865592905)]
    [InlineData("shooting_star", 11, 0, 0, 0, 502, 108011218)]
    [InlineData("marubozu", 10, 1221, 0, 0, 1238, 76599556)]
    [InlineData("spinning_top", 10, 1597, 0, 0, 537, 559850136)]
    [InlineData("engulfing", 2, 313, 607, 1026, 558, 947487884)]
    [InlineData("harami", 11, 553, 618, 691, 567, 921045425)]
    [InlineData("piercing", 11, 57, 0, 0, 0, 551828624)]
    [InlineData("dark_cloud_cover", 11, 0, 0, 0, 46, 74703714)]
    [InlineData("morning_star", 12, 96, 0, 0, 0, 826254954)]
    [InlineData("evening_star", 12, 0, 0, 0, 94, 303177356)]
    [InlineData("three_white_soldiers", 12, 40, 0, 0, 0, 545357264)]
    [InlineData("three_black_crows", 13, 0, 0, 0, 8, 408134466)]
    public void Equal_TA_Lib_on_20000_candles(string name, int first, int plus100, int plus80, int minus80, int minus100, long checksum)
    {
        var pattern = CandlestickPatterns.Named(name);
        sbyte[] found = Grid(1, 20_000).Find(pattern);
        Assert.Equal(first, pattern.Lookback());
        Assert.Equal((plus100, plus80, minus80, minus100),
            (found.Count(v => v == 100), found.Count(v => v == 80), found.Count(v => v == -80), found.Count(v => v == -100)));
        Assert.Equal(checksum, found.Aggregate(0L, (sum, v) => (sum * 31 + v + 100) % 1_000_000_007));
    }

    static readonly Gen<int> Seeds = Gen.Choose(0, int.MaxValue);

    [Fact]
    public void Neither_a_power_of_two_nor_a_shift_of_exact_prices_changes_anything() =>
        Prop.ForAll(Seeds.ToArbitrary(), Gen.Choose(-300, 300).ToArbitrary(), (seed, k) =>
        {
            var market = Grid((uint)seed, 300);
            Market scaled = market.Map(p => Math.ScaleB(p, k)), shifted = market.Map(p => p + 1000 * k);
            return CandlestickPatterns.All.All(p =>
                market.Find(p).SequenceEqual(scaled.Find(p)) && market.Find(p).SequenceEqual(shifted.Find(p)));
        }).QuickCheckThrowOnFailure();

    /// <summary>
    /// Upside down, white becomes black unless open = close, which stays white. Where a definition is its own mirror image, or another
    /// pattern's, the result changes its sign. A dark cloud's second body need not be long, so that it holds more than the mirror image
    /// of a piercing line.
    /// </summary>
    [Fact]
    public void Patterns_that_are_mirror_images_change_sign_upside_down() => Prop.ForAll(Seeds.ToArbitrary(), seed =>
    {
        var market = Grid((uint)seed, 400);
        var mirror = market.UpsideDown();
        bool Mirrors(CandlestickPattern a, CandlestickPattern b, int sign = -1)
        {
            sbyte[] x = market.Find(a), y = mirror.Find(b);
            return Enumerable.Range(0, 400).All(t =>
                y[t] == sign * x[t] || market.Open[t] == market.Close[t] || (t > 0 && market.Open[t - 1] == market.Close[t - 1]));
        }
        sbyte[] piercing = market.Find(CandlestickPatterns.Piercing), cloud = mirror.Find(CandlestickPatterns.DarkCloudCover);
        return Mirrors(CandlestickPatterns.Doji, CandlestickPatterns.Doji, 1)
            && Mirrors(CandlestickPatterns.Marubozu, CandlestickPatterns.Marubozu)
            && Mirrors(CandlestickPatterns.SpinningTop, CandlestickPatterns.SpinningTop)
            && Mirrors(CandlestickPatterns.Engulfing, CandlestickPatterns.Engulfing)
            && Mirrors(CandlestickPatterns.Harami, CandlestickPatterns.Harami)
            && Mirrors(CandlestickPatterns.MorningStar, CandlestickPatterns.EveningStar)
            && Mirrors(CandlestickPatterns.EveningStar, CandlestickPatterns.MorningStar)
            && Enumerable.Range(0, 400).All(t => piercing[t] == 0 || cloud[t] == -100);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_found_does_not_change_when_the_future_is_deleted_or_multiplied()
    {
        var market = Grid(5, 600);
        foreach (var pattern in CandlestickPatterns.All)
        {
            sbyte[] whole = market.Find(pattern);
            foreach (int n in Enumerable.Range(0, 40).Append(300))
            {
                var other = market.Map(p => p);
                foreach (double[] column in new[] { other.Open, other.High, other.Low, other.Close })
                {
                    for (int t = n; t < 600; t++) column[t] *= 1e6;
                }
                Assert.Equal(whole[..n], market[..n].Find(pattern));
                Assert.Equal(whole[..n], other.Find(pattern)[..n]);
            }
        }
    }

    /// <summary>Prices that are no multiples of anything, a million of them, with a candle of 1e300 and a NaN early on.</summary>
    [Fact]
    public void Over_a_million_candles_each_result_is_that_of_its_own_window()
    {
        const int Count = 1_000_000;
        var market = Grid(9, Count).Map(p => 1e5 + 0.1 * p);
        market.High[1000] = 1e300;
        market.Close[2000] = double.NaN;
        foreach (var pattern in CandlestickPatterns.All)
        {
            sbyte[] whole = market.Find(pattern);
            int first = pattern.Lookback();
            for (int t = first; t < Count; t += t < 3000 ? 1 : 997)
                Assert.True(whole[t] == market[(t - first)..(t + 1)].Find(pattern)[first], $"{pattern} at {t}");
        }
    }

    [Fact]
    public void A_NaN_gives_no_pattern_where_the_definition_needs_it()
    {
        foreach (var pattern in CandlestickPatterns.All)
        {
            var (_, candles, _) = CasesOf(pattern).First(c => c.Expected != 0);
            for (int column = 0; column < 4; column++)
            {
                double[][] broken = [.. candles.Select(c => (double[])c.Clone())];
                broken[^1][column] = double.NaN;
                sbyte[] found = After(20, broken).Find(pattern);
                Assert.True(found[^1] == 0 || column is 1 or 2, $"{pattern}, column {column}");
            }
            if (pattern.Lookback() < 10) continue;
            double nan = double.NaN;
            var unknown = Market.Of([.. Enumerable.Repeat<double[]>([nan, nan, nan, nan], 20), .. candles]);
            Assert.True(unknown.Find(pattern)[^1] == 0, $"{pattern} by unknown lengths");
        }
    }

    [Fact]
    public void Settings_say_what_long_short_and_deep_mean()
    {
        double[][] candle = [[100, 110, 90, 104]];
        var wide = new CandleSettings { BodyDoji = new(CandleRange.HighLow, 4, 0.2) };
        Assert.Equal(0, After(20, candle).Find(CandlestickPatterns.Doji)[^1]);
        Assert.Equal(100, After(4, candle).Find(CandlestickPatterns.Doji, wide)[^1]);
        Assert.Equal(4, CandlestickPatterns.Doji.Lookback(wide));

        // Each shadow of the usual candles is 5 long, so that a mean of both, halved, is 5 too: a body of 4 is a doji's, one of 6 is not.
        var shadows = new CandleSettings { BodyDoji = new(CandleRange.Shadows, 10, 1) };
        Assert.Equal(100, After(20, candle).Find(CandlestickPatterns.Doji, shadows)[^1]);
        Assert.Equal(0, After(20, [[100, 110, 90, 106]]).Find(CandlestickPatterns.Doji, shadows)[^1]);

        // With period 0 a candle is measured by itself: a body of 4 is at most half of the range of 20.
        var own = new CandleSettings { BodyDoji = new(CandleRange.HighLow, 0, 0.5) };
        Assert.Equal(100, After(0, candle).Find(CandlestickPatterns.Doji, own)[0]);

        // White from 100 to 120, then a black close at 108: 60 % deep. And a morning star that closes at 108, 40 % into 120 to 100.
        double[][] cloud = [[100, 121, 99, 120], [122, 123, 104, 108]], star = [[120, 121, 99, 100], [96, 98, 94, 97], [90, 109, 89, 108]];
        Assert.Equal(-100, After(20, cloud).Find(CandlestickPatterns.DarkCloudCover)[^1]);
        Assert.Equal(0, After(20, cloud).Find(CandlestickPatterns.DarkCloudCover, new() { DarkCloudPenetration = 0.6 })[^1]);
        Assert.Equal(100, After(20, star).Find(CandlestickPatterns.MorningStar)[^1]);
        Assert.Equal(0, After(20, star).Find(CandlestickPatterns.MorningStar, new() { StarPenetration = 0.4 })[^1]);
    }

    [Fact]
    public void The_settings_are_TA_Libs_table()
    {
        var s = CandleSettings.Default;
        Assert.Equal(
            [(CandleRange.RealBody, 10, 1), (CandleRange.RealBody, 10, 1), (CandleRange.HighLow, 10, 0.1), (CandleRange.RealBody, 0, 1),
                (CandleRange.HighLow, 10, 0.1), (CandleRange.HighLow, 5, 0.2), (CandleRange.HighLow, 5, 0.6),
                (CandleRange.HighLow, 5, 0.05)],
            new[] { s.BodyLong, s.BodyShort, s.BodyDoji, s.ShadowLong, s.ShadowVeryShort, s.Near, s.Far, s.Equal }
                .Select(x => (x.Range, x.Period, x.Factor)));
    }

    [Fact]
    public void Columns_of_different_lengths_unknown_names_and_wrong_settings_are_errors_that_say_so()
    {
        Assert.Contains("CandlestickPattern 'hammer': expected open, high, low, close and output of one length, got 2, 2, 1, 2 and 2",
            Assert.Throws<ArgumentException>(() => CandlestickPatterns.Hammer.Find([1, 2], [1, 2], [1], [1, 2], new sbyte[2])).Message);
        Assert.Contains("expected one of doji, hammer,",
            Assert.Throws<ArgumentException>(() => CandlestickPatterns.Named("hamer")).Message);
        Assert.Contains("period of 0 to 1000, got -1",
            Assert.Throws<ArgumentOutOfRangeException>(() => new CandleSetting(CandleRange.HighLow, -1, 1)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CandleSetting(CandleRange.HighLow, 5, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CandleSetting((CandleRange)3, 5, 1));
        foreach (var pattern in CandlestickPatterns.All) pattern.Find([], [], [], [], []);
    }
}
