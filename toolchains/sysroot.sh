#!/usr/bin/env bash
# toolchains/sysroot.sh ARCH [SUITE]: a private sysroot from Debian's packages, in build/sysroot/SUITE-ARCH, to cross-compile
# kedge against and to run what came of it under QEMU. ARCH is a Debian architecture (armhf, arm64, amd64), SUITE a release
# (bookworm). Takes some ten seconds and a hundred megabytes, the second time nothing; touches neither this machine's packages
# nor apt's state, and needs no foreign architecture in dpkg. Prints the folder.
#
# The mirror is the one this machine's apt takes SUITE from, or another release of Debian; KEDGE_DEBIAN_MIRROR names another.
#
# Exit codes: 0 it is there, 1 it could not be made, 2 wrong usage.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=toolchains/packages.sh
. toolchains/packages.sh
# shellcheck source=toolchains/usage.sh
. toolchains/usage.sh

case "${1:-}" in
  -h | --help) usage 0 ;;
  armhf | arm64 | amd64) ;;
  *) usage 2 >&2 ;;
esac
arch=$1
suite=${2:-bookworm}
[[ $suite =~ ^[a-z]+$ ]] || usage 2 >&2

root=build/sysroot/$suite-$arch
mapfile -t packages < <(kedge_packages sysroot)
wanted="$suite $arch ${packages[*]} .dpkg"
if [ "$(cat "$root/.made-of" 2>/dev/null)" = "$wanted" ]; then
  echo "$root"
  exit 0
fi
for program in apt-get dpkg-deb; do
  command -v "$program" >/dev/null || { echo "sysroot.sh needs $program: it makes its tree from Debian's packages" >&2; exit 1; }
done

# The first mirror of this suite, else of any suite of Debian's, that this machine's apt uses.
# shellcheck disable=SC2016  # apt fills these in
mirror() {
  apt-get indextargets --format '$(SITE) $(RELEASE) $(ORIGIN)' 'Created-By: Packages' |
    awk -v suite="$suite" '$3 != "Debian" { next }
                           $2 == suite && of_suite == "" { of_suite = $1 }
                           $2 !~ /-/ && first == "" { first = $1 }
                           END { if (of_suite != "") print of_suite; else if (first != "") print first }'
}
from=${KEDGE_DEBIAN_MIRROR:-$(mirror)}
[ -n "$from" ] || { echo 'sysroot.sh: apt here knows no Debian mirror: name one with KEDGE_DEBIAN_MIRROR' >&2; exit 1; }
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -f "$keyring" ] || { echo 'sysroot.sh: missing Debian package: debian-archive-keyring' >&2; exit 1; }

work=$root.work
# One at a time; who waited finds it made.
mkdir -p build/sysroot
exec 9>"$root.lock"
flock 9
if [ "$(cat "$root/.made-of" 2>/dev/null)" = "$wanted" ]; then
  echo "$root"
  exit 0
fi
rm -rf "$work"
mkdir -p "$work"/{lists/partial,cache/archives/partial,root,apt.conf.d}
: >"$work/status"
echo "deb [signed-by=$keyring] $from $suite main" >"$work/sources.list"
# An apt of its own: other lists, no package installed, one architecture, no pins and hooks of this machine's. How it reaches the
# mirror (a proxy) stays.
apt-config dump Acquire >"$work/apt.conf.d/acquire"
cat >"$work/apt.conf" <<END
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Install-Recommends "false";
APT::Sandbox::User "";
Dir::State "$PWD/$work";
Dir::State::lists "$PWD/$work/lists";
Dir::State::status "$PWD/$work/status";
Dir::Cache "$PWD/$work/cache";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Log "$PWD/$work";
Dir::Etc::SourceList "$PWD/$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Parts "$PWD/$work/apt.conf.d";
Dir::Etc::Main "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
END
export APT_CONFIG=$work/apt.conf
echo "sysroot: $suite for $arch" >&2
{ apt-get -q update && apt-get -qy install --download-only "${packages[@]}"; } >"$work/apt.log" 2>&1 ||
  { cat "$work/apt.log" >&2; exit 1; }
for package in "$work"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" |
    tar -x -C "$work/root" --keep-directory-symlink --exclude=./usr/share/{doc,man,locale} --exclude=./{etc,var}
done

# What dpkg would know of them, for dpkg-shlibdeps: whose a library is, and what a program that uses it depends on.
mkdir -p "$work/root/.dpkg/info" "$work/control"
echo 1 >"$work/root/.dpkg/info/format"
for package in "$work"/cache/archives/*.deb; do
  rm -rf "$work/control"
  dpkg-deb -e "$package" "$work/control"
  name=$(dpkg-deb -f "$package" Package)
  if [ "$(dpkg-deb -f "$package" Multi-Arch)" = same ]; then name+=:$arch; fi
  { dpkg-deb -f "$package" && printf 'Status: install ok installed\n\n'; } >>"$work/root/.dpkg/status"
  dpkg-deb --fsys-tarfile "$package" | tar -t | sed 's,^\.,,; s,/$,,' >"$work/root/.dpkg/info/$name.list"
  for file in shlibs symbols; do
    if [ -f "$work/control/$file" ]; then mv "$work/control/$file" "$work/root/.dpkg/info/$name.$file"; fi
  done
done

# One tree, as an installed Debian has it: /lib is /usr/lib.
for folder in bin sbin lib lib64; do
  if [ -d "$work/root/$folder" ] && [ ! -L "$work/root/$folder" ]; then
    mkdir -p "$work/root/usr/$folder"
    cp -a "$work/root/$folder/." "$work/root/usr/$folder/"
    rm -rf "${work:?}/root/$folder"
  fi
  if [ -d "$work/root/usr/$folder" ]; then ln -sfn "usr/$folder" "$work/root/$folder"; fi
done
# An absolute link would lead out of the sysroot.
while read -r link; do
  ln -sfn "$(realpath -ms --relative-to="$(dirname "$link")" "$work/root$(readlink "$link")")" "$link"
done < <(find "$work/root" -type l -lname '/*')

printf '%s\n' "$wanted" >"$work/root/.made-of"
rm -rf "$root"
mv "$work/root" "$root"
rm -rf "$work"
echo "sysroot: $(du -sh "$root" | cut -f1)" >&2
echo "$root"
