"""Downloads. A file leaves only as a download, and only to who may see its subject."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import FileResponse
from django.shortcuts import get_object_or_404

from luodi.files.models import Evidence
from luodi.kernel.http import AuthedRequest


def download(request: AuthedRequest, pk: int) -> FileResponse:
    """Send the file of a piece of evidence; 404 when it may not be seen. Never shown in the page, never sniffed."""
    evidence = get_object_or_404(
        Evidence.objects.visible_to(request.user).select_related("file").filter(file__isnull=False), pk=pk
    )
    stored = evidence.file
    assert stored is not None  # kept by the filter above
    answer = FileResponse(
        default_storage.open(stored.path), as_attachment=True, filename=stored.name, content_type=stored.media_type
    )
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer
