//! Uploading a file: three exchanges as one call.

use std::fmt;
use std::time::Duration;

use http::header::ACCEPT;
use http::{HeaderValue, Method as HttpMethod};
use slack_rtm_models as models;
use url::Url;

use crate::files_api::{FilesCompleteUploadExternal, FilesGetUploadUrlExternal};
use crate::transport::{self, Exchange};
use crate::{
    Client, ConfigError, Error, FileContent, Method, Operation, Parameters, RetryPolicy, Text, body,
};

impl Client {
    /// Begins the upload of a file, from memory or streamed.
    ///
    /// It takes three exchanges: files.getUploadURLExternal, a POST of the content to the URL that it gives, and files.completeUploadExternal. Slack has to be
    /// told the size first, so what is streamed needs a [length](FileContent::with_length). The token needs the scope `files:write`.
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

/// The upload of a file, which has not begun yet.
///
/// Nothing happens until it is sent. When the future is dropped before the last exchange, Slack shares nothing and forgets what it has of the file.
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
    /// Sets the title. The default is the name of the file.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the conversation to share the file with. Without one the file stays private.
    pub fn channel(mut self, channel: impl Into<models::ChannelId>) -> Self {
        self.end.channel_id = Some(channel.into());
        self
    }

    /// Sets the thread to share the file in, by its first message.
    pub fn thread_ts(mut self, thread: impl Into<models::Ts>) -> Self {
        self.end.thread_ts = Some(thread.into());
        self
    }

    /// Sets the message that the file is shared with.
    pub fn initial_comment(mut self, text: impl Into<String>) -> Self {
        self.end.initial_comment = Some(text.into());
        self
    }

    /// Sets the message that the file is shared with, in blocks. Slack takes no notice of them beside an `initial_comment`.
    pub fn blocks(mut self, blocks: impl IntoIterator<Item = impl Into<models::Block>>) -> Self {
        self.end.blocks = Some(blocks.into_iter().map(Into::into).collect());
        self
    }

    /// Sets what an image shows, for screen readers. Up to 1000 characters.
    pub fn alt_text(mut self, text: impl Into<String>) -> Self {
        self.begin.alt_txt = Some(text.into());
        self
    }

    /// Makes the file a snippet in a language, such as `python`.
    pub fn snippet_type(mut self, language: impl Into<String>) -> Self {
        self.begin.snippet_type = Some(language.into());
        self
    }

    /// Sets how long each of the three exchanges may take, in place of the client's timeout. A large file may need more than that.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sends the two calls again by this policy, in place of the client's. The content is sent once.
    pub fn with_retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Uploads the file and returns it, of which Slack may know little more than id and title yet.
    ///
    /// # Errors
    /// See [`Error`]. It is of the first exchange that failed: [`Error::Config`] if the length of the content is not known or Slack gave no URL that content can be
    /// sent to, [`Error::Transport`] if the content was shorter than its length or its reader failed.
    pub async fn send(self) -> Result<models::File, Error<models::ErrorResponse>> {
        let Self { client, content, mut begin, title, mut end, timeout, retry } = self;
        let length = content.length().and_then(|bytes| i64::try_from(bytes).ok());
        begin.length = length.ok_or_else(|| {
            ConfigError::new("file", "its length is not known; set it with `FileContent::with_length`")
        })?;
        let ticket = call(&client, begin, timeout, retry).await?;
        let exchange = content_exchange(&client, ticket.upload_url.expose(), &content, timeout)?;
        body::interpret::<Content>(transport::exchange(&client.inner().http, exchange).await?)?;
        let mut file = models::UploadedFile::new(ticket.file_id.clone());
        file.title = title;
        end.files = vec![file];
        let answer = call(&client, end, timeout, retry).await?;
        let file = answer.files.unwrap_or_default().into_iter().next();
        // It has an id in any case.
        Ok(file.unwrap_or_else(|| models::File::new().set_id(ticket.file_id)))
    }
}

async fn call<O: Operation>(
    client: &Client,
    request: O,
    timeout: Option<Duration>,
    retry: Option<RetryPolicy>,
) -> Result<O::Answer, Error<O::Refusal>> {
    let mut call = client.call(request);
    if let Some(timeout) = timeout {
        call = call.with_timeout(timeout);
    }
    if let Some(policy) = retry {
        call = call.with_retry(policy);
    }
    call.send().await
}

/// The POST of the content. It goes to another host than the API's and has no token: the URL is the ticket.
fn content_exchange(
    client: &Client,
    url: &str,
    content: &FileContent,
    timeout: Option<Duration>,
) -> Result<Exchange, ConfigError> {
    let inner = client.inner();
    let wrong = || ConfigError::new("upload_url", "Slack gave no URL that content can be sent to");
    let url = Url::parse(url).map_err(|_| wrong())?;
    // What is called by https is not answered with anything less.
    if !(url.scheme() == "https" || url.scheme() == "http" && !inner.base_url.is_https()) {
        return Err(wrong());
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

/// What the answer to the content is read as.
struct Content;

impl Operation for Content {
    type Answer = Text;
    type Refusal = models::ErrorResponse;

    const NAME: &'static str = "the content of a file";
    const PATH: &'static str = "";
    const METHOD: Method = Method::Post;

    fn encode(&self, _: &mut Parameters) {}
}

/// The arguments may hold anything.
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("content", &self.content).finish_non_exhaustive()
    }
}
