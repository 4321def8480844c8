using System.Globalization;
using Ebb.Evaluation.Compare;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies;

/// <summary>
/// Every other user chooses, the others judge: what was tried often enough looks good on the questions it was tried on.
/// </summary>
internal static class UserHalves
{
    private const double ErrorsMin = 2;

    public static bool Helps(MetricEstimate gain) => gain.Mean > ErrorsMin * gain.StandardError;

    /// <summary>Per query: its user is one of those that choose.</summary>
    public static bool[] Of(int[] users)
    {
        var placeOf = new Dictionary<int, int>();
        foreach (int user in users)
        {
            placeOf.TryAdd(user, placeOf.Count);
        }

        return [.. users.Select(user => placeOf[user] % 2 == 0)];
    }

    public static double Mean(double[] values, bool[] chooses, bool ofChoosing) =>
        values.Where((_, index) => chooses[index] == ofChoosing).DefaultIfEmpty(0).Average();

    /// <summary>On the users that judge.</summary>
    public static MetricEstimate Difference(double[] values, double[] baseline, int[] users, bool[] chooses) =>
        PairedDifference.Of(Judging(values, chooses), Judging(baseline, chooses), Judging(users, chooses));

    public static StudyReport Report(
        string title, string found, (double[] Best, double[] Plain, bool[] Chooses) measured, MetricEstimate gain,
        string model)
    {
        string verdict = Helps(gain)
            ? "It helps: above the plain one by two standard errors on users it was not chosen on."
            : "It did not help: on users it was not chosen on it is not above the plain one by two standard errors.";
        return new StudyReport(
            title, ["users", "plain", "learned", "difference"],
            [
                ["that chose", Text(true, measured.Plain), Text(true, measured.Best), ""],
                [
                    "that judge", Text(false, measured.Plain), Text(false, measured.Best),
                    string.Create(
                        CultureInfo.InvariantCulture, $"{gain.Mean:+0.0000;-0.0000} ±{gain.StandardError:0.0000}"),
                ],
            ],
            [verdict, found, model + ", the vector alone; Recall@20."]);

        string Text(bool ofChoosing, double[] values) =>
            Mean(values, measured.Chooses, ofChoosing).ToString("0.0000", CultureInfo.InvariantCulture);
    }

    private static T[] Judging<T>(T[] values, bool[] chooses) => [.. values.Where((_, index) => !chooses[index])];
}
