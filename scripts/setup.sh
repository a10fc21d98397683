# Sourced by ./fovea and ./test: builds what is out of date and installs what is missing. Quick when there is nothing to do.
# Expects $root, the folder of the checkout.

# Where the launchers keep what they build; a build in an IDE keeps its own in bin/ and obj/.
out="$root/artifacts"

say() { printf '%s\n' "$*" >&2; }
die() { say "fovea: $*"; exit 1; }

# True if anything under the given folders is newer than the stamp. Folders count too: deleting a file changes its folder's time.
newer_than() {
  local stamp=$1; shift
  [[ -e $stamp ]] || return 0
  [[ -n $(find "$@" \( -name bin -o -name obj \) -prune -o -newer "$stamp" -print -quit 2>/dev/null) ]]
}

# Sets DOTNET_ROOT, and puts its dotnet first.
find_dotnet() {
  local folder host
  for folder in "${DOTNET_ROOT:-}" "$(dirname "$(readlink -f "$(command -v dotnet || echo /none/dotnet)")")" \
                "${HOME:-/root}/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
    host="$folder/dotnet"
    if [[ -n $folder && -x $host ]] && DOTNET_NOLOGO=1 "$host" --list-sdks 2>/dev/null | grep -q '^10\.'; then
      export DOTNET_ROOT="$folder" PATH="$folder:$PATH"
      return
    fi
  done
  die "the .NET 10 SDK is not on this machine (looked on PATH and in ~/.dotnet, /usr/share/dotnet, /usr/lib/dotnet).
Install it: https://dotnet.microsoft.com/download/dotnet/10.0, or
  curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0"
}

# Runs a build step quietly; shows its output if it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null 9>&-; then # without the lock: what a build leaves running would keep it
    grep -E '(error|warning) [A-Z]+[0-9]+' "$log" | sort -u | head -20 >&2 || true
    tail -5 "$log" >&2
    rm -f "$log"
    die "this failed: $*"
  fi
  rm -f "$log"
}

# One set-up at a time; the lock goes with the process.
lock() {
  mkdir -p "$out"
  exec 9>"$out/lock"
  flock -n 9 || { say "Waiting for another set-up of this checkout ..."; flock 9; }
}

prepare_dotnet() {
  # The SDK needs a home for its caches and, on a bare machine, must not ask for ICU.
  export HOME="${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}"
  export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
  # No build server stays behind in the background.
  export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false DOTNET_CLI_USE_MSBUILD_SERVER=0
  find_dotnet
}

# Builds the program into $out/fovea, compiled ahead of time (ReadyToRun) so that it starts quickly.
build_program() {
  say "Building fovea (once for each change of its source) ..."
  local started="$out/started"
  touch "$started" # what is edited while the build runs is newer than this
  quietly dotnet publish "$root/src/Fovea.Cli" -c Release -r "$(runtime_id)" --no-self-contained -p:PublishReadyToRun=true \
    --artifacts-path "$out/build" -o "$out/fovea" -v q
  printf '%s\n' "$DOTNET_ROOT" >"$started.root"
  touch -r "$started" "$started.root"
  mv "$started.root" "$out/fovea.stamp"
}

runtime_id() {
  case $(uname -m) in
    x86_64) echo linux-x64 ;;
    aarch64) echo linux-arm64 ;;
    *) die "this processor, $(uname -m), is not one that .NET and libtorch both run on: x86_64 or aarch64 is needed" ;;
  esac
}

# Installs the packages that the program itself finds missing, or stops with the command that does.
install_packages() {
  local missing as_root=()
  missing=$("$out/fovea/Fovea.Cli" doctor --packages) || die "the program does not start: see above"
  [[ -n $missing ]] || return 0
  local packages command
  read -r -d '' -a packages <<<"$missing" || true
  command -v apt-get >/dev/null || die "missing on this machine, by Debian's names: ${packages[*]}
Install them with your system's package tool, then start again."
  command=(apt-get install -y --no-install-recommends "${packages[@]}")
  if [[ $(id -u) != 0 ]]; then
    sudo -n true 2>/dev/null || die "some packages are missing. Install them, then start again:
  sudo ${command[*]}"
    as_root=(sudo)
  fi
  say "Installing ${packages[*]} ..."
  as_root+=(env DEBIAN_FRONTEND=noninteractive)
  command=("${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 "${command[@]:1}")
  # The lists are fetched only if it does not go without: they may be absent or old.
  "${command[@]}" >"$out/apt.log" 2>&1 </dev/null 9>&- && return
  "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 update >>"$out/apt.log" 2>&1 </dev/null 9>&- || true
  "${command[@]}" >>"$out/apt.log" 2>&1 </dev/null 9>&- && return
  tail -15 "$out/apt.log" >&2
  die "this failed: ${command[*]}"
}

program_sources=("$root"/{src,native,scripts} "$root"/{global.json,Directory.Build.props,Directory.Build.targets,Directory.Packages.props})

program_is_ready() {
  [[ -e $out/packages.stamp && ! $out/fovea.stamp -nt $out/packages.stamp ]] && ! newer_than "$out/fovea.stamp" "${program_sources[@]}"
}

# Everything that ./fovea VERB needs: the program, then the packages.
set_up_program() {
  lock
  if newer_than "$out/fovea.stamp" "${program_sources[@]}"; then
    prepare_dotnet
    build_program
  fi
  if [[ ${1:-} != doctor ]] && ! program_is_ready; then
    use_built_dotnet
    install_packages
    touch "$out/packages.stamp"
  fi
  exec 9>&-
}

# The program starts with the .NET that built it, wherever that is.
use_built_dotnet() {
  read -r DOTNET_ROOT <"$out/fovea.stamp"
  export DOTNET_ROOT
}
