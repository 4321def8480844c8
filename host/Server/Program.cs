using Ebb.Server.Commands;
using Ebb.Server.Transport;

if (args is ["serve", ..])
{
    InlineSockets.Enable();
}

return await EbbCommandLine.RunAsync(args, Terminal.ForProcess());
