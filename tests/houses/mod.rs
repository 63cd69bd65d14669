//! The servers of this workspace, for what is checked and written for all of them.

use std::path::{Path, PathBuf};

use flux_server::FluxServer;
use rmcp::model::Tool;
use shared::{About, Mcp, Server, config::Env, settings::Settings};
use weather_server::WeatherServer;

/// One server, as it is without any configuration.
pub(crate) struct House {
    pub(crate) about: About,
    pub(crate) tools: Vec<Tool>,
}

pub(crate) fn all() -> Vec<House> {
    vec![house::<FluxServer>(), house::<WeatherServer>()]
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

/// The files that may carry the tool table of this server.
pub(crate) fn readmes(house: &House) -> [PathBuf; 2] {
    let own = root()
        .join("servers")
        .join(house.about.name)
        .join("README.md");
    [root().join("README.md"), own]
}

fn house<S: Server>() -> House {
    let settings = Settings::defaults();
    let made = S::new(&Env::default(), &settings).and_then(|server| Mcp::new(server, &settings));
    House {
        about: S::ABOUT,
        tools: made.map(|mcp| mcp.tools()).unwrap_or_default(),
    }
}
