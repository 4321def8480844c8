using System.CommandLine;
using System.Net;

namespace Ebb.Server.Commands;

/// <summary>
/// Options whose values people write: durations, sizes, addresses. A value that cannot be read is exit code 2.
/// </summary>
internal static class CommandOptions
{
    public static Option<HumanDuration> Duration(string name, string description, TimeSpan ifMissing) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        DefaultValueFactory = _ => new HumanDuration(ifMissing),
        CustomParser = result =>
        {
            if (!HumanDuration.TryParse(result.Tokens[0].Value, out TimeSpan duration))
            {
                result.AddError($"{name}: '{result.Tokens[0].Value}' is no duration; {HumanDuration.Form}.");
            }

            return new HumanDuration(duration);
        },
    };

    /// <summary>One or several durations, divided by commas; none when left out without a default.</summary>
    public static Option<HumanDuration[]?> Durations(string name, string description, TimeSpan[]? ifMissing)
    {
        var option = new Option<HumanDuration[]?>(name)
        {
            Description = description,
            HelpName = "DURATION[,...]",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (!HumanDuration.TryParseList(text, out TimeSpan[] durations))
                {
                    result.AddError($"{name}: '{text}' is no list of durations; {HumanDuration.Form}.");
                }

                return ToValues(durations);
            },
        };
        if (ifMissing is not null)
        {
            option.DefaultValueFactory = _ => ToValues(ifMissing);
        }

        return option;
    }

    public static Option<ByteSize> Bytes(string name, string description, long ifMissing) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        DefaultValueFactory = _ => new ByteSize(ifMissing),
        CustomParser = result =>
        {
            if (!ByteSize.TryParse(result.Tokens[0].Value, out long bytes))
            {
                result.AddError($"{name}: '{result.Tokens[0].Value}' is no size; write it like 512MiB or 4GiB.");
            }

            return new ByteSize(bytes);
        },
    };

    public static Option<EndPoint> Address(string name, string description, int defaultPort) => new(name)
    {
        Description = description,
        HelpName = "HOST:PORT",
        DefaultValueFactory = _ => new IPEndPoint(IPAddress.Loopback, defaultPort),
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!EndpointText.TryParse(text, defaultPort, out EndPoint? endpoint))
            {
                result.AddError($"{name}: '{text}' is no address; write it like 127.0.0.1:{defaultPort}.");
            }

            return endpoint;
        },
    };

    public static Option<int> Count(string name, string description, (int Min, int Max) range, int ifMissing)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => ifMissing,
        };
        option.Validators.Add(result =>
        {
            // A text that is no number has its own error already; GetValue would throw on it.
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int count)
                && (count < range.Min || count > range.Max))
            {
                result.AddError($"{name}: {count} is out of range; give {range.Min} to {range.Max}.");
            }
        });
        return option;
    }

    public static TimeSpan[] ToTimeSpans(HumanDuration[] durations) => [.. durations.Select(each => each.Value)];

    private static HumanDuration[] ToValues(TimeSpan[] durations) =>
        [.. durations.Select(each => new HumanDuration(each))];
}
