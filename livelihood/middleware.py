"""What holds for every answer of the site."""

from livelihood.views import method_not_allowed


def keep_private(get_response):
    """Let no page be shown again to whoever sits down after its reader has logged out.

    What a page says itself of being kept stands.
    """

    def answer(request):
        response = get_response(request)
        # Kept by the browser alone, and asked for again each time.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return answer


def explain_wrong_method(get_response):
    """Put a page where Django answers 405 with nothing: a reload of an address that only
    takes a form ends there."""

    def answer(request):
        response = get_response(request)
        if response.status_code == 405 and not response.content:
            page = method_not_allowed(request)
            page.headers["Allow"] = response.headers["Allow"]
            return page
        return response

    return answer
