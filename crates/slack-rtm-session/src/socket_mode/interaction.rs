//! What people do with an app, beside events.

use std::ops::Deref;

use slack_rtm_models::{DecodeError, InteractionPayload, SlashCommandPayload};

use crate::Envelope;

/// Somebody pressed a button, submitted a modal, used a shortcut or asked for the options of a menu. It dereferences to its [`Envelope`], with which it is answered.
///
/// ```no_run
/// # fn f(interaction: slack_rtm_session::Interaction) -> Result<(), Box<dyn std::error::Error>> {
/// use slack_rtm_models::{InteractionPayload, OptionsResponse};
///
/// match interaction.decode()? {
///     InteractionPayload::BlockSuggestion(_) => interaction.respond(&OptionsResponse::new())?,
///     _ => interaction.ack(),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Interaction(pub(crate) Envelope);

impl Interaction {
    /// Decodes what was done. A kind that this release does not know, or one that is no object, is kept whole.
    ///
    /// # Errors
    /// If the payload does not fit its type.
    pub fn decode(&self) -> Result<InteractionPayload, DecodeError> {
        slack_rtm_models::decode(self.payload().as_bytes())
    }

    /// The `type` of the payload, such as `block_actions`, if it has one.
    #[must_use]
    pub fn interaction_type(&self) -> Option<&str> {
        self.payload().event_type()
    }
}

/// Somebody typed a slash command. It dereferences to its [`Envelope`], with which it is answered.
///
/// ```no_run
/// # fn f(command: slack_rtm_session::SlashCommand) -> Result<(), Box<dyn std::error::Error>> {
/// use slack_rtm_models::CommandResponse;
///
/// let typed = command.decode()?;
/// command.respond(&CommandResponse::new().set_text(format!("{} it is", typed.text.unwrap_or_default())))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SlashCommand(pub(crate) Envelope);

impl SlashCommand {
    /// Decodes the command.
    ///
    /// # Errors
    /// If the payload is no object, or names no command.
    pub fn decode(&self) -> Result<SlashCommandPayload, DecodeError> {
        slack_rtm_models::decode(self.payload().as_bytes())
    }
}

impl Deref for Interaction {
    type Target = Envelope;

    fn deref(&self) -> &Envelope {
        &self.0
    }
}

impl Deref for SlashCommand {
    type Target = Envelope;

    fn deref(&self) -> &Envelope {
        &self.0
    }
}
