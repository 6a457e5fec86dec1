"""A relay of lines as one writes it first with asyncio: python3 relay.py PORT."""

import asyncio
import sys

writers = set()


async def serve(reader, writer):
    writers.add(writer)
    try:
        while line := await reader.readline():
            for other in list(writers):
                if other is not writer:
                    other.write(line)
                    await other.drain()
    except (ConnectionError, ValueError):
        pass
    finally:
        writers.discard(writer)
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    async with server:
        await server.serve_forever()


asyncio.run(main())
