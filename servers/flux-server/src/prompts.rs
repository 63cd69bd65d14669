//! Requests that a person can start from a menu, with FLUX practice in them; and values for arguments.

use rmcp::{
    ErrorData,
    handler::server::wrapper::Parameters,
    model::{PromptMessage, Role},
    prompt, prompt_router,
};
use schemars::JsonSchema;
use serde::Deserialize;
use shared::text;

use crate::{FluxServer, api::Catalogue};

const MOST_COMPLETIONS: usize = 10;
/// Recent rows among which a beginning is looked for.
const MOST_RECENT: usize = 100;
const LONGEST_ARGUMENT: usize = 1_000;

type Messages = Result<Vec<PromptMessage>, ErrorData>;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct ImageInput {
    /// What the picture shows: `an old lighthouse keeper reading by lamplight`.
    pub(crate) subject: String,
    /// Medium or look: `35 mm film`, `watercolour`, `flat vector`. Left out: what suits the subject.
    pub(crate) style: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct ProductInput {
    /// The product, its material and colour: `matte black steel water bottle`.
    pub(crate) product: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct PosterInput {
    /// The words on the poster, exactly as they must appear.
    pub(crate) text: String,
}

#[prompt_router(vis = "pub(crate)")]
impl FluxServer {
    /// A picture of a subject, with a prompt written the way FLUX reads best.
    #[prompt(title = "Picture")]
    pub(crate) async fn image_prompt(&self, Parameters(input): Parameters<ImageInput>) -> Messages {
        let subject = filled("subject", &input.subject)?;
        let style = match input.style.as_deref().map(str::trim) {
            None | Some("") => "Choose the medium that suits the subject.".into(),
            Some(style) => format!("Medium and look: {}.", filled("style", style)?),
        };
        Ok(message(format!(
            "Make a picture of: {subject}\n{style}\n\
             First write the prompt, 30 to 80 words of plain sentences:\n\
             - The subject comes first, then what it does, then where, then light and mood: FLUX gives early words more weight.\n\
             - Concrete nouns and materials instead of praise: no \"masterpiece\", \"8k\" or lists of keywords.\n\
             - Name the light (direction, hardness, time of day) and the medium; for a photograph also lens, distance and depth of field.\n\
             - Say what is there, never what is missing: FLUX takes no negative prompt, and a word like \"no cars\" brings cars. Write \"an empty street\".\n\
             - Exact colours as hex codes bound to things (\"a door in #1F6F50\") work with FLUX.2 models.\n\
             Choose the shape by the use: 4:5 portrait, 1:1 icon, 3:2 photograph, 16:9 screen, 9:16 phone. \
             For drafts take flux-schnell, for most work the default model, for the best detail and text flux-2-pro.\n\
             Then call generate_image. Show me the prompt you used and where the picture is; offer one concrete variation, and keep the seed if only a detail is to change."
        )))
    }

    /// A clean studio picture of a product.
    #[prompt(title = "Product shot")]
    pub(crate) async fn product_shot(
        &self,
        Parameters(input): Parameters<ProductInput>,
    ) -> Messages {
        let product = filled("product", &input.product)?;
        Ok(message(format!(
            "Make a studio product picture of: {product}\n\
             If I gave you a photograph of the product, call edit_image with it (flux-2-pro): ask for the new surroundings and light, and say that shape, label and colours of the product stay as they are. Otherwise call generate_image.\n\
             Write the prompt in this order: the product with material, finish and colour (a hex code for FLUX.2 models); how it stands and from which angle it is seen; the surface and background, one colour or one material; \
             the light, such as one large softbox from the left with a white card on the right, and the shadow it makes; lens and sharpness, such as 85 mm, whole product in focus.\n\
             One product, room around it for text, nothing that does not belong there; put words that must be on the label in double quotes. Say only what is there, since FLUX takes no negative prompt.\n\
             Take the shape 4:5 for a shop or 1:1 for a catalogue. Tell me where the picture is, and what in it differs from the real product as far as you can see."
        )))
    }

    /// A poster with exactly these words on it.
    #[prompt(title = "Poster")]
    pub(crate) async fn poster(&self, Parameters(input): Parameters<PosterInput>) -> Messages {
        let words = filled("text", &input.text)?;
        Ok(message(format!(
            "Make a poster that says exactly: \"{words}\"\n\
             Write the prompt so: \"A poster\" and its style first (Swiss grid, letterpress, screen print, film poster), then one picture idea that fits the words, then the type. \
             Put every line of text in double quotes with its exact spelling and capitals, and say for each where it stands, how large it is compared with the others, what kind of letters it has and its colour as a hex code. \
             Few words read best: at most about eight in one line, and not more than three lines. Ask for empty margins, and describe only what is there.\n\
             Call generate_image with a FLUX.2 model, which spells best (flux-2-pro, or flux-2-flex for much text), in the shape 2:3 or 4:5.\n\
             Look at the preview and compare every letter. If a word is wrong, call edit_image with the picture and the prompt \"replace the text '...' by '...', keep everything else\" instead of making a new one. Tell me where the poster is."
        )))
    }
}

impl FluxServer {
    /// Names of models and ids of predictions that begin with `value`; nothing when that cannot be read, since
    /// nobody sees an error here.
    pub(crate) async fn complete_names(&self, argument: &str, value: &str) -> Vec<String> {
        match argument {
            "model" => self.models_like(value.trim()),
            "prediction_id" | "id" => {
                let recent = self.jobs.ledger().recent(MOST_RECENT).await;
                let ids = recent.unwrap_or_default().into_iter();
                beginning(value, ids.filter_map(|entry| entry.job_id))
            }
            "sha256" => {
                let saved = self.media.saved(MOST_RECENT).await.unwrap_or_default();
                beginning(value, saved.into_iter().map(|saved| saved.sha256))
            }
            _ => Vec::new(),
        }
    }

    /// The default first.
    fn models_like(&self, typed: &str) -> Vec<String> {
        let typed = typed.to_lowercase();
        let known = Catalogue::entries().iter().map(|entry| &entry.model);
        let mut values: Vec<String> = Vec::new();
        for model in std::iter::once(&self.config.default_model).chain(known) {
            if model.contains(&typed) && !values.contains(model) {
                values.push(model.clone());
            }
        }
        values.truncate(MOST_COMPLETIONS);
        values
    }
}

fn beginning(value: &str, all: impl Iterator<Item = String>) -> Vec<String> {
    let typed = value.trim().to_lowercase();
    all.filter(|known| known.starts_with(&typed))
        .take(MOST_COMPLETIONS)
        .collect()
}

/// On one line, so that an argument stays a part of its sentence.
fn filled(argument: &str, value: &str) -> Result<String, ErrorData> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let value = text::clean(&words.join(" "));
    if value.is_empty() {
        let reason = format!("`{argument}` is empty");
        return Err(ErrorData::invalid_params(reason, None));
    }
    Ok(text::cut(&value, LONGEST_ARGUMENT))
}

fn message(text: String) -> Vec<PromptMessage> {
    vec![PromptMessage::new_text(Role::User, text)]
}

#[cfg(test)]
mod tests {
    use rmcp::model::{ContentBlock, ErrorCode};
    use shared::{Server as _, config::Env, settings::Settings};

    use super::*;

    fn server() -> FluxServer {
        FluxServer::new(&Env::default(), &Settings::defaults()).unwrap()
    }

    fn only_text(messages: Messages) -> String {
        let messages = messages.unwrap();
        assert_eq!(messages.len(), 1);
        match &messages[0].content {
            ContentBlock::Text(content) => content.text.clone(),
            other => panic!("not a text: {other:?}"),
        }
    }

    async fn image(subject: &str, style: Option<&str>) -> Messages {
        let input = ImageInput {
            subject: subject.into(),
            style: style.map(str::to_owned),
        };
        server().image_prompt(Parameters(input)).await
    }

    async fn product(product: &str) -> Messages {
        let product = product.into();
        server()
            .product_shot(Parameters(ProductInput { product }))
            .await
    }

    async fn poster(text: &str) -> Messages {
        let text = text.into();
        server().poster(Parameters(PosterInput { text })).await
    }

    #[tokio::test]
    async fn prompts_name_only_tools_that_exist() {
        let texts = [
            only_text(image("a fox", None).await),
            only_text(product("a bottle").await),
            only_text(poster("Open").await),
        ];
        let groups = crate::tools::toolsets();
        let tools: Vec<&str> = groups
            .iter()
            .flat_map(|group| group.router.map.keys().map(AsRef::as_ref))
            .collect();
        for text in &texts {
            let named = text.split(|c: char| !c.is_ascii_lowercase() && c != '_');
            let named: Vec<&str> = named.filter(|word| word.contains('_')).collect();
            assert!(!named.is_empty(), "{text}");
            assert!(named.iter().all(|name| tools.contains(name)), "{named:?}");
        }
    }

    #[tokio::test]
    async fn arguments_become_part_of_the_request_on_one_line() {
        let text = only_text(image(" a red\nfox ", Some("wood\tcut")).await);
        assert!(
            text.starts_with("Make a picture of: a red fox\nMedium and look: wood cut.\n"),
            "{text}"
        );
        let text = only_text(poster("Open\ntoday").await);
        assert!(text.contains("exactly: \"Open today\"\n"), "{text}");
    }

    #[tokio::test]
    async fn an_empty_argument_is_refused_by_name_and_an_empty_style_is_none() {
        for (messages, argument) in [
            (image(" ", None).await, "subject"),
            (product("").await, "product"),
            (poster("\n").await, "text"),
        ] {
            let error = messages.unwrap_err();
            assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
            assert_eq!(error.message, format!("`{argument}` is empty"));
        }
        let text = only_text(image("a fox", Some(" ")).await);
        assert!(text.contains("Choose the medium"), "{text}");
    }

    #[tokio::test]
    async fn the_default_model_is_offered_first_and_others_complete_nothing() {
        let default = server().config.default_model;
        for typed in ["", "black", "FLUX-dev"] {
            let values = server().complete("model", typed).await;
            assert_eq!(values.first(), Some(&default), "{typed}");
        }
        assert!(server().complete("subject", "a").await.is_empty());
    }
}
