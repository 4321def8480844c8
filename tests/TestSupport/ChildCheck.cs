using System.Reflection;

namespace Ebb.TestSupport;

/// <summary>
/// The child's end of <see cref="InstructionSetRunner"/>: loads an assembly, calls one static method that returns a
/// string, prints it. Arguments: assembly path, type, method.
/// </summary>
internal static class ChildCheck
{
    private static int Main(string[] args)
    {
        if (args.Length != 3)
        {
            Console.Error.WriteLine("usage: Ebb.TestSupport <assembly path> <type> <static method returning a string>");
            return 2;
        }

        try
        {
            Type type = Assembly.LoadFrom(args[0]).GetType(args[1], throwOnError: true)!;
            const BindingFlags AnyStatic = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
            MethodInfo method = type.GetMethod(args[2], AnyStatic, Type.EmptyTypes)
                ?? throw new MissingMethodException(args[1], args[2]);
            Console.Out.Write((string)method.Invoke(null, null)!);
            return 0;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine(error);
            return 1;
        }
    }
}
