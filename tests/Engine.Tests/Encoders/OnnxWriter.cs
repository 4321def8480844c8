using System.Text;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>
/// Writes one small model as ONNX, byte by byte (protobuf): user_vectors = Σ over the events of their item's vector.
/// What it is to have wrong can be asked for.
/// </summary>
internal sealed record OnnxWriter(float[][] Vectors)
{
    private const int FloatType = 1;
    private const int Int64Type = 7;
    private const int DoubleType = 11;

    public long Opset { get; init; } = 14;

    /// <summary>The type of item_ids.</summary>
    public bool WithFloatIds { get; init; }

    /// <summary>A file beside the model that holds the vectors; null: the model does.</summary>
    public string? ExternalFile { get; init; }

    public string OutputName { get; init; } = "user_vectors";

    public string ExtraInput { get; init; } = "";

    /// <summary>Reads ages too: their sum is added to every dimension.</summary>
    public bool WithAges { get; init; }

    /// <summary>Reads event types too: their sum is added to every dimension.</summary>
    public bool WithTypes { get; init; }

    public byte[] Write()
    {
        var model = new MemoryStream();
        Number(model, 1, 7);
        Field(model, 7, Graph());
        Field(model, 8, Message(opset => Number(opset, 2, Opset)));
        return model.ToArray();
    }

    private byte[] Graph() => Message(graph =>
    {
        string ids = "item_ids";
        if (WithFloatIds)
        {
            Field(graph, 1, Node("Cast", ["item_ids"], "ids", ("to", Int64Type)));
            ids = "ids";
        }

        Field(graph, 1, Node("Gather", ["vectors", ids], "events"));
        bool isAlone = !WithAges && !WithTypes;
        Field(graph, 1, Node("ReduceSum", ["events", "axes"], isAlone ? OutputName : "items", ("keepdims", 0)));
        if (WithAges)
        {
            Field(graph, 1, Node("ReduceSum", ["ages", "axes"], "age", ("keepdims", 1)));
            Field(graph, 1, Node("Add", ["items", "age"], WithTypes ? "aged" : OutputName));
        }

        if (WithTypes)
        {
            Field(graph, 1, Node("Cast", ["types"], "kinds", ("to", FloatType)));
            Field(graph, 1, Node("ReduceSum", ["kinds", "axes"], "kind", ("keepdims", 1)));
            Field(graph, 1, Node("Add", [WithAges ? "aged" : "items", "kind"], OutputName));
        }

        Text(graph, 2, "sum");
        Field(graph, 5, Embedding());
        Field(graph, 5, Message(axes =>
        {
            Number(axes, 1, 1);
            Number(axes, 2, Int64Type);
            Text(axes, 8, "axes");
            Field(axes, 9, BitConverter.GetBytes(1L));
        }));
        Field(graph, 11, Value("item_ids", WithFloatIds ? FloatType : Int64Type, "batch", "length"));
        Field(graph, 11, Value("lengths", Int64Type, "batch"));
        if (WithAges)
        {
            Field(graph, 11, Value("ages", FloatType, "batch", "length"));
        }

        if (WithTypes)
        {
            Field(graph, 11, Value("types", Int64Type, "batch", "length"));
        }

        if (ExtraInput.Length > 0)
        {
            Field(graph, 11, Value(ExtraInput, DoubleType, "batch"));
        }

        Field(graph, 12, Value(OutputName, FloatType, "batch", Vectors[0].Length));
    });

    /// <summary>Row 0 is padding, zeros.</summary>
    private byte[] Embedding() => Message(tensor =>
    {
        Number(tensor, 1, Vectors.Length + 1);
        Number(tensor, 1, Vectors[0].Length);
        Number(tensor, 2, FloatType);
        Text(tensor, 8, "vectors");
        if (ExternalFile is not null)
        {
            Field(tensor, 13, Message(entry =>
            {
                Text(entry, 1, "location");
                Text(entry, 2, ExternalFile);
            }));
            Number(tensor, 14, 1);
            return;
        }

        float[] padding = new float[Vectors[0].Length];
        Field(tensor, 9, [.. Vectors.Prepend(padding).SelectMany(row => row).SelectMany(BitConverter.GetBytes)]);
    });

    private static byte[] Node(
        string type, string[] inputs, string output, params (string Name, long Value)[] attributes) =>
        Message(node =>
        {
            foreach (string input in inputs)
            {
                Text(node, 1, input);
            }

            Text(node, 2, output);
            Text(node, 4, type);
            foreach ((string name, long value) in attributes)
            {
                Field(node, 5, Message(attribute =>
                {
                    Text(attribute, 1, name);
                    Number(attribute, 3, value);
                    Number(attribute, 20, 2);
                }));
            }
        });

    private static byte[] Value(string name, int type, params object[] sizes) => Message(value =>
    {
        Text(value, 1, name);
        Field(value, 2, Message(typeProto => Field(typeProto, 1, Message(tensor =>
        {
            Number(tensor, 1, type);
            Field(tensor, 2, Message(shape =>
            {
                foreach (object size in sizes)
                {
                    Field(shape, 1, Message(dimension =>
                    {
                        if (size is int fixedSize)
                        {
                            Number(dimension, 1, fixedSize);
                        }
                        else
                        {
                            Text(dimension, 2, (string)size);
                        }
                    }));
                }
            }));
        }))));
    });

    private static byte[] Message(Action<MemoryStream> write)
    {
        var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }

    private static void Text(MemoryStream stream, int field, string text) =>
        Field(stream, field, Encoding.UTF8.GetBytes(text));

    private static void Field(MemoryStream stream, int field, byte[] bytes)
    {
        Varint(stream, ((ulong)field << 3) | 2);
        Varint(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void Number(MemoryStream stream, int field, long value)
    {
        Varint(stream, (ulong)field << 3);
        Varint(stream, (ulong)value);
    }

    private static void Varint(MemoryStream stream, ulong value)
    {
        for (; value >= 128; value >>= 7)
        {
            stream.WriteByte((byte)(value | 128));
        }

        stream.WriteByte((byte)value);
    }
}
