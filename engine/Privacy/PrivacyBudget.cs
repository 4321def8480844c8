using System.Text.Json;
using System.Text.Json.Serialization;
using Ebb.Engine.Log;

namespace Ebb.Engine.Privacy;

/// <summary>
/// What has been spent of ε, and when: in memory, and in <c>PRIVACY</c> in the engine's folder, on the medium before an
/// answer that it paid for. A restart or a clock that steps back gives nothing back. One thread at a time.
/// </summary>
internal sealed partial class PrivacyBudget
{
    public const string FileName = "PRIVACY";

    private readonly PrivacyOptions _options;
    private readonly string? _path;
    private List<PrivacySpending> _spent = [];

    /// <param name="options">How much there is.</param>
    /// <param name="folder">The engine's; null: in memory alone.</param>
    /// <exception cref="EngineStartException">The file cannot be read: nobody knows what is left.</exception>
    public PrivacyBudget(PrivacyOptions options, string? folder)
    {
        _options = options;
        _path = folder is null ? null : Path.Combine(folder, FileName);
        if (_path is null || !File.Exists(_path))
        {
            return;
        }

        try
        {
            _spent.AddRange(
                JsonSerializer.Deserialize(File.ReadAllBytes(_path), SpendingJson.Default.PrivacySpendingArray) ?? []);
        }
        catch (JsonException problem)
        {
            throw new EngineStartException(
                $"{_path} cannot be read: nobody knows what is left of the privacy budget; take it away once its period"
                + " is over", problem);
        }
    }

    /// <summary>Spent within the period that ends now.</summary>
    public double Spent(long nowMs) => Recent(nowMs).Sum(spending => spending.Epsilon);

    /// <summary>False: not so much is left, and nothing was spent.</summary>
    public bool TrySpend(string report, double epsilon, long nowMs)
    {
        List<PrivacySpending> recent = Recent(nowMs);

        // A sum of many equal doubles is not to the last bit what their number says.
        if (recent.Sum(spending => spending.Epsilon) + epsilon > _options.BudgetEpsilon * (1 + 1e-9))
        {
            return false;
        }

        recent.Add(new PrivacySpending(nowMs, report, epsilon));
        if (_path is not null)
        {
            DurableFile.WriteAtomically(
                _path,
                JsonSerializer.SerializeToUtf8Bytes(recent.ToArray(), SpendingJson.Default.PrivacySpendingArray));
        }

        _spent = recent;
        return true;
    }

    // What lies ahead of a clock that was set back still counts.
    private List<PrivacySpending> Recent(long nowMs) =>
        [.. _spent.Where(spending => spending.AtMs > nowMs - _options.BudgetPeriod.TotalMilliseconds)];

    [JsonSourceGenerationOptions(WriteIndented = true)]
    [JsonSerializable(typeof(PrivacySpending[]))]
    private sealed partial class SpendingJson : JsonSerializerContext;
}
