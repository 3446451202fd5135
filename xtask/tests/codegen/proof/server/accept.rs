//! The media types that a request asks for.

use super::http::Request;

/// What is wrong if the answer has this media type: JSON is asked for if it has none.
pub(super) fn wrong(request: &Request, media: Option<&str>) -> Option<String> {
    let accept = request.header("accept").unwrap_or_default();
    let essence = |media: &str| media.split(';').next().unwrap().trim().to_lowercase();
    let answer = essence(media.filter(|media| *media != "*/*").unwrap_or("application/json"));
    let is_wanted = accept.split(',').any(|wanted| essence(wanted) == answer);
    let says = || format!("asks for `{accept}` where the answer is {media:?}");
    (!is_wanted).then(says)
}
