using System.Globalization;
using System.Text;
using Ebb.Engine.Interest;

namespace Ebb.Evaluation.Fit;

/// <summary>The sweep as a drawing: a point a half-life with its standard error, evenly spaced.</summary>
public static class SweepPlot
{
    private const int Width = 720;
    private const int Height = 320;
    private const int Margin = 56;

    public static string ToSvg(FitReport report)
    {
        double low = report.Sweep.Min(point => point.Recall20.Mean - point.Recall20.StandardError);
        double high = report.Sweep.Max(point => point.Recall20.Mean + point.Recall20.StandardError);
        double span = Math.Max(high - low, 1e-6);
        double X(int index) => Margin + ((Width - (2.0 * Margin)) * index / Math.Max(1, report.Sweep.Count - 1));
        double Y(double value) => Height - Margin - ((Height - (2.0 * Margin)) * (value - low) / span);

        var svg = new StringBuilder();
        var line = new StringBuilder();
        svg.Append(Text($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\""));
        svg.Append(" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        svg.Append(Text($"<text x=\"{Margin}\" y=\"24\">{report.Dataset}: Recall@20 by half-life</text>\n"));
        for (int index = 0; index < report.Sweep.Count; index++)
        {
            SweepPoint point = report.Sweep[index];
            double error = point.Recall20.StandardError;
            double x = X(index);
            double y = Y(point.Recall20.Mean);
            line.Append(Text($"{x:0.#},{y:0.#} "));
            svg.Append(Text($"<path stroke=\"#888\" d=\"M{x:0.#} {Y(point.Recall20.Mean - error):0.#}"));
            svg.Append(Text($"V{Y(point.Recall20.Mean + error):0.#}\"/>\n"));
            svg.Append(Text($"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"4\" fill=\"#1f6feb\"/>\n"));
            svg.Append(Text($"<text x=\"{x:0.#}\" y=\"{Height - 24}\" text-anchor=\"middle\">"));
            svg.Append(DurationText.Format(point.HalfLife)).Append("</text>\n");
        }

        svg.Append(Text($"<polyline fill=\"none\" stroke=\"#1f6feb\" points=\"{line.ToString().TrimEnd()}\"/>\n"));
        svg.Append(Text($"<text x=\"4\" y=\"{Y(high):0.#}\">{high:0.000}</text>\n"));
        svg.Append(Text($"<text x=\"4\" y=\"{Y(low):0.#}\">{low:0.000}</text>\n</svg>\n"));
        return svg.ToString();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
