using System.Text;
using Ebb.Server.Hosting;

namespace Ebb.Host.Tests.Commands;

/// <summary>A small catalogue and history as files: four items of three dimensions, two users.</summary>
internal sealed class SampleFiles : IDisposable
{
    public const int Dimension = 3;

    private readonly TemporaryFolder _folder = new("ebb-test-");

    public SampleFiles()
    {
        WriteNpy("items.npy", [[1, 0, 0], [0.9f, 0.1f, 0], [0, 1, 0], [0, 0, 1]]);
        Write("items.txt", "espresso\nristretto\ntea\nsurf\n");
        Write(
            "items.csv",
            "id,category,tags,in_stock\nespresso,coffee,hot|short,1\ntea,tea,hot,yes\nsurf,sport,,0\n"
            + ",x,,1\ntea2,t,,maybe\n");
        Write(
            "history.csv",
            "user,item,type,time\nada,espresso,purchase,1700000000\nada,tea,view,1700000100\n"
            + "bob,surf,click,1700000200\nbob,espresso,never-heard-of,1700000300\nada,tea\n");
    }

    public string Folder => _folder.Path;

    public string Vectors => At("items.npy");

    public string Ids => At("items.txt");

    public string Attributes => At("items.csv");

    public string History => At("history.csv");

    public string At(string name) => Path.Combine(_folder.Path, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    public string WriteNpy(string name, float[][] rows)
    {
        string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows.Length}, {rows[0].Length}), }}";
        header = header.PadRight(117) + '\n';
        using var file = new BinaryWriter(File.Create(At(name)));
        file.Write([0x93, .. Encoding.ASCII.GetBytes("NUMPY"), 1, 0]);
        file.Write((ushort)header.Length);
        file.Write(Encoding.ASCII.GetBytes(header));
        foreach (float value in rows.SelectMany(row => row))
        {
            file.Write(value);
        }

        return At(name);
    }

    public void Dispose() => _folder.Dispose();
}
