//! File uploads: three requests as one call.

use std::fmt;
use std::time::Duration;

use http::header::ACCEPT;
use http::{HeaderValue, Method as HttpMethod};
use slack_rtm_models as models;
use url::Url;

use crate::files_api::{FilesCompleteUploadExternal, FilesGetUploadUrlExternal};
use crate::transport::{self, Exchange};
use crate::{
    Client, ConfigError, Error, FileContent, Method, Operation, Parameters, RetryPolicy, Text, interpret,
};

impl Client {
    /// Creates the upload of a file, from memory or from a stream.
    ///
    /// An upload consists of three requests: files.getUploadURLExternal, a POST of the content to the returned URL, and files.completeUploadExternal. Slack
    /// requires the size in advance, so a stream needs a [length](FileContent::with_length). The token needs the scope `files:write`.
    ///
    /// ```no_run
    /// # async fn f(client: slack_rtm_apis::Client) -> Result<(), slack_rtm_apis::Error<slack_rtm_models::ErrorResponse>> {
    /// let file = client
    ///     .upload_file("report.csv", "name,state\nweb,green\n")
    ///     .channel("C01GENERAL0")
    ///     .initial_comment("Today's report")
    ///     .send()
    ///     .await?;
    /// println!("{:?}", file.permalink);
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload_file(&self, filename: impl Into<String>, content: impl Into<FileContent>) -> Upload {
        Upload {
            client: self.clone(),
            content: content.into(),
            begin: FilesGetUploadUrlExternal::new(filename, 0),
            title: None,
            end: FilesCompleteUploadExternal::new(Vec::<models::UploadedFile>::new()),
            timeout: None,
            retry: None,
        }
    }
}

/// A file upload that has not been sent yet. [`Client::upload_file`] creates it.
///
/// If the future of [`send`](Self::send) is dropped before the last request, Slack shares nothing and discards the uploaded content.
#[must_use = "an upload does nothing until it is sent"]
pub struct Upload {
    client: Client,
    content: FileContent,
    begin: FilesGetUploadUrlExternal,
    title: Option<String>,
    end: FilesCompleteUploadExternal,
    timeout: Option<Duration>,
    retry: Option<RetryPolicy>,
}

impl Upload {
    /// Sets the title; the default is the name of the file.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the conversation to share the file to; without one the file stays private.
    pub fn channel(mut self, channel: impl Into<models::ChannelId>) -> Self {
        self.end.channel_id = Some(channel.into());
        self
    }

    /// Sets the thread to share the file in, by the timestamp of its root message.
    pub fn thread_ts(mut self, thread: impl Into<models::Ts>) -> Self {
        self.end.thread_ts = Some(thread.into());
        self
    }

    /// Sets the message that accompanies the file.
    pub fn initial_comment(mut self, text: impl Into<String>) -> Self {
        self.end.initial_comment = Some(text.into());
        self
    }

    /// Sets the message that accompanies the file, as blocks. Slack ignores them if `initial_comment` is set.
    pub fn blocks(mut self, blocks: impl IntoIterator<Item = impl Into<models::Block>>) -> Self {
        self.end.blocks = Some(blocks.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the description of an image for screen readers, up to 1000 characters.
    pub fn alt_text(mut self, text: impl Into<String>) -> Self {
        self.begin.alt_txt = Some(text.into());
        self
    }

    /// Sets the syntax type of a snippet, such as `python`.
    pub fn snippet_type(mut self, language: impl Into<String>) -> Self {
        self.begin.snippet_type = Some(language.into());
        self
    }

    /// Sets the timeout of each of the three requests; the default is the client's timeout, which can be too short for a large file.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the retry policy of the two API calls; the default is the client's policy. The content is sent once.
    pub fn with_retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Uploads the file and returns it. At that time Slack may know little more than its id and title.
    ///
    /// # Errors
    /// Returns the error of the first request that failed: [`Error::Config`] if the length of the content is unknown or Slack returned an invalid upload URL,
    /// [`Error::Transport`] if the content was shorter than its length or its reader failed. See [`Error`] for the other variants.
    pub async fn send(self) -> Result<models::File, Error<models::ErrorResponse>> {
        let Self { client, content, mut begin, title, mut end, timeout, retry } = self;
        let length = content.length().and_then(|bytes| i64::try_from(bytes).ok());
        begin.length = length.ok_or_else(|| {
            ConfigError::new("file", "unknown length; set it with `FileContent::with_length`")
        })?;
        let ticket = call(&client, begin, timeout, retry).await?;
        let exchange = content_exchange(&client, ticket.upload_url.expose(), &content, timeout)?;
        interpret::interpret::<ContentUpload>(transport::exchange(&client.inner().http, exchange).await?)?;
        let mut file = models::UploadedFile::new(ticket.file_id.clone());
        file.title = title;
        end.files = vec![file];
        let answer = call(&client, end, timeout, retry).await?;
        let file = answer.files.unwrap_or_default().into_iter().next();
        // Fall back to the id if Slack returns no file.
        Ok(file.unwrap_or_else(|| models::File::new().set_id(ticket.file_id)))
    }
}

async fn call<O: Operation>(
    client: &Client,
    request: O,
    timeout: Option<Duration>,
    retry: Option<RetryPolicy>,
) -> Result<O::Response, Error<O::Refusal>> {
    let mut call = client.call(request);
    if let Some(timeout) = timeout {
        call = call.with_timeout(timeout);
    }
    if let Some(policy) = retry {
        call = call.with_retry(policy);
    }
    call.send().await
}

/// Creates the POST of the content. It has no token, because it goes to a different host and the URL itself authorizes the upload.
fn content_exchange(
    client: &Client,
    url: &str,
    content: &FileContent,
    timeout: Option<Duration>,
) -> Result<Exchange, ConfigError> {
    let inner = client.inner();
    let invalid = || ConfigError::new("upload_url", "Slack returned an invalid upload URL");
    let url = Url::parse(url).map_err(|_| invalid())?;
    // The content must not be sent in plain text if the API is called with https.
    if !(url.scheme() == "https" || url.scheme() == "http" && !inner.base_url.is_https()) {
        return Err(invalid());
    }
    let mut parameters = Parameters::default();
    parameters.content_body("application/octet-stream", content);
    let encoded = parameters.encode("", Method::Post)?;
    let mut headers = encoded.headers;
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    Ok(Exchange {
        method: HttpMethod::POST,
        url,
        headers,
        payload: encoded.payload,
        is_replayable: false,
        timeout: timeout.unwrap_or(inner.timeout),
        max_body: inner.max_body,
    })
}

/// The POST of the content, as an operation for the interpretation of its response.
struct ContentUpload;

impl Operation for ContentUpload {
    type Response = Text;
    type Refusal = models::ErrorResponse;

    const NAME: &'static str = "file content upload";
    const PATH: &'static str = "";
    const METHOD: Method = Method::Post;

    fn encode(&self, _: &mut Parameters) {}
}

// The arguments can be secret.
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("content", &self.content).finish_non_exhaustive()
    }
}
