#if EBB_ILGPU
using System.Reflection;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using PtxRegister = ILGPU.Backends.RegisterAllocator<ILGPU.Backends.PTX.PTXRegisterKind>;

namespace Ebb.Kernels.Gpu;

/// <summary>
/// Writes <see cref="GpuIntrinsics"/> into PTX, one instruction each. A target is allocated after the operands are in
/// registers; nothing passes through local memory.
/// </summary>
internal static class GpuIntrinsicsPtx
{
    private const long AllLanes = 0xFFFFFFFF;

    /// <summary>Tells a context what the intrinsics are in PTX. Once a context, before anything is compiled.</summary>
    public static void Register(Context context)
    {
        Add(context, nameof(GpuIntrinsics.LoadReadOnly16), nameof(EmitLoad16));
        Add(context, nameof(GpuIntrinsics.LoadReadOnlyFloat), nameof(EmitLoadFloat));
        Add(context, nameof(GpuIntrinsics.LoadReadOnlyInt), nameof(EmitLoadInt));
        Add(context, nameof(GpuIntrinsics.LoadReadOnlyLong), nameof(EmitLoadLong));
        Add(context, nameof(GpuIntrinsics.Dot4), nameof(EmitDot4));
        Add(context, nameof(GpuIntrinsics.Ballot), nameof(EmitBallot));
        Add(context, nameof(GpuIntrinsics.MultiplyTile), nameof(EmitMultiplyTile));
        Add(context, nameof(GpuIntrinsics.Multiply), nameof(EmitMultiplyFloat), typeof(float), typeof(float));
        Add(context, nameof(GpuIntrinsics.Add), nameof(EmitAddFloat), typeof(float), typeof(float));
        Add(context, nameof(GpuIntrinsics.Multiply), nameof(EmitMultiplyDouble), typeof(double), typeof(double));
        Add(context, nameof(GpuIntrinsics.Add), nameof(EmitAddDouble), typeof(double), typeof(double));
    }

    private static void Add(Context context, string method, string emitter, params Type[] parameters)
    {
        MethodInfo target = parameters.Length == 0
            ? typeof(GpuIntrinsics).GetMethod(method)!
            : typeof(GpuIntrinsics).GetMethod(method, parameters)!;
        MethodInfo handler =
            typeof(GpuIntrinsicsPtx).GetMethod(emitter, BindingFlags.NonPublic | BindingFlags.Static)!;
        context.GetIntrinsicManager().RegisterMethod(
            target, new PTXIntrinsic(handler, IntrinsicImplementationMode.GenerateCode));
    }

    private static void EmitLoad16(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        PtxRegister.HardwareRegister address = generator.LoadHardware(value[0]);
        PtxRegister.CompoundRegister target = (PtxRegister.CompoundRegister)generator.Allocate(value);
        using PTXCodeGenerator.CommandEmitter command = generator.BeginCommand("ld.global.nc.v4.b32");
        command.AppendVectorArgument(Words(target));
        command.AppendArgumentValue(address);
    }

    private static void EmitLoadFloat(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        EmitLoad("ld.global.nc.f32", generator, value);

    private static void EmitLoadInt(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        EmitLoad("ld.global.nc.b32", generator, value);

    private static void EmitLoadLong(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        EmitLoad("ld.global.nc.b64", generator, value);

    private static void EmitLoad(string instruction, PTXCodeGenerator generator, Value value)
    {
        PtxRegister.HardwareRegister address = generator.LoadHardware(value[0]);
        PtxRegister.HardwareRegister target = generator.AllocateHardware(value);
        using PTXCodeGenerator.CommandEmitter command = generator.BeginCommand(instruction);
        command.AppendArgument(target);
        command.AppendArgumentValue(address);
    }

    private static void EmitDot4(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        EmitSimple("dp4a.s32.s32", generator, value, 3);

    private static void EmitMultiplyFloat(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        EmitSimple("mul.rn.f32", generator, value, 2);

    private static void EmitAddFloat(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        EmitSimple("add.rn.f32", generator, value, 2);

    private static void EmitMultiplyDouble(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        EmitSimple("mul.rn.f64", generator, value, 2);

    private static void EmitAddDouble(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        EmitSimple("add.rn.f64", generator, value, 2);

    private static void EmitBallot(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        PtxRegister.HardwareRegister own = generator.LoadHardware(value[0]);
        PtxRegister.HardwareRegister source = generator.ConvertValueToPredicate(own);
        PtxRegister.HardwareRegister target = generator.AllocateHardware(value);
        using PTXCodeGenerator.CommandEmitter command = generator.BeginCommand("vote.sync.ballot.b32");
        command.AppendArgument(target);
        command.AppendArgument(source);
        command.AppendConstant(AllLanes);
    }

    private static void EmitMultiplyTile(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        PtxRegister.PrimitiveRegister[] rows = Hardware(generator, Words(generator.Load(value[0])));
        PtxRegister.PrimitiveRegister[] queries =
            Hardware(generator, [generator.LoadPrimitive(value[1]), generator.LoadPrimitive(value[2])]);
        PtxRegister.PrimitiveRegister[] sums = Hardware(generator, Words(generator.Load(value[3])));
        PtxRegister.CompoundRegister target = (PtxRegister.CompoundRegister)generator.Allocate(value);
        using PTXCodeGenerator.CommandEmitter command =
            generator.BeginCommand("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32");
        command.AppendVectorArgument(Words(target));
        command.AppendVectorArgument(rows);
        command.AppendVectorArgument(queries);
        command.AppendVectorArgument(sums);
    }

    private static void EmitSimple(string instruction, PTXCodeGenerator generator, Value value, int operandCount)
    {
        PtxRegister.PrimitiveRegister[] operands = new PtxRegister.PrimitiveRegister[operandCount];
        for (int at = 0; at < operandCount; at++)
        {
            operands[at] = generator.LoadPrimitive(value[at]);
        }

        PtxRegister.HardwareRegister target = generator.AllocateHardware(value);
        using PTXCodeGenerator.CommandEmitter command = generator.BeginCommand(instruction);
        command.AppendArgument(target);
        foreach (PtxRegister.PrimitiveRegister operand in operands)
        {
            command.AppendArgument(operand);
        }
    }

    // mma takes registers only; an operand or a sum that starts at zero is a constant still.
    private static PtxRegister.PrimitiveRegister[] Hardware(
        PTXCodeGenerator generator, PtxRegister.PrimitiveRegister[] words)
    {
        for (int at = 0; at < words.Length; at++)
        {
            if (words[at] is not PtxRegister.HardwareRegister)
            {
                PtxRegister.HardwareRegister register = generator.AllocateInt32Register();
                using PTXCodeGenerator.CommandEmitter move = generator.BeginCommand("mov.b32");
                move.AppendArgument(register);
                move.AppendArgument(words[at]);
                words[at] = register;
            }
        }

        return words;
    }

    private static PtxRegister.PrimitiveRegister[] Words(PtxRegister.Register register) =>
        ((PtxRegister.CompoundRegister)register).SliceAs<PtxRegister.PrimitiveRegister>(0, 4);
}
#endif
