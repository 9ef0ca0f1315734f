"""A service that takes images as uploads.

    uvicorn examples.service:app
    curl --data-binary @image.tar localhost:8000/reports

Needs fastapi. A request has a minute; a client that goes away ends its scan.
"""

from __future__ import annotations

import tempfile
import time

from fastapi import FastAPI, HTTPException, Request, Response

import imgscan

MAX_BYTES = 4 << 30
SECONDS = 60.0

app = FastAPI(title="imgscan")
# One for all requests: it keeps nothing of an image, and any thread may use it.
engine = imgscan.Engine(imgscan.ScanOptions(jobs=1))


@app.post("/reports")
async def report_on(request: Request) -> Response:
    """Return the JSON report on the uploaded archive."""
    with tempfile.TemporaryFile() as file:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_BYTES:
                raise HTTPException(413, "the image is too large")
            file.write(chunk)
        try:
            report = await engine.scan_async(file, deadline=time.monotonic() + SECONDS)
        except imgscan.DeadlineExceeded:
            raise HTTPException(503, "the scan took too long") from None
        except imgscan.SelectionError as error:
            raise HTTPException(409, str(error)) from None
        except imgscan.InputError as error:
            raise HTTPException(422, str(error)) from None
    return Response(imgscan.write(report), media_type="application/json")
