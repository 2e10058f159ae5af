#!/bin/bash
# Verify an evidence bundle of Safelight with bash, sha256sum and openssl (3.0 or newer).
#
#   bash verify.sh --desk-key FINGERPRINT --tsa-roots ROOTS.pem [--at YYYY-MM-DD] [--ru] [BUNDLE]
#
# FINGERPRINT, ROOTS.pem and THIS SCRIPT must have reached you by another way than the bundle:
# whoever can change the bundle can change its copy of this script, too. The format, and the
# meaning of each fault, stand in docs/spec/evidence-bundle.md. Exit code: 0 verified,
# 1 at least one fault, 2 wrong usage. Nothing here reaches the network or writes into the bundle.
set -u -o pipefail
unset CDPATH GLOBIGNORE
shopt -s globstar dotglob nullglob
export LC_ALL=C TZ=UTC OPENSSL_CONF=/dev/null

declare -A EN=(
  [unsafe-file]='a link, a special file, an empty folder or a name that no bundle has'
  [malformed]='is not written as a bundle is'
  [missing]='is missing'
  [changed]='was changed after it was listed'
  [extra]='is not part of the bundle: it was added'
  [replaced]='is not the file that the custody log names; another one stands in its place'
  [original-unknown]='is made from an original that the custody log does not name'
  [mixed]='belongs to another bundle'
  [log-line-missing]='a line of the custody log is missing here, or stands in the wrong place'
  [log-forged]='this line of the custody log is not signed by the key of the desk'
  [log-rewritten]='the custody log is not the one that was sealed earlier'
  [other-key]='is not the key whose fingerprint you gave'
  [signature]='is not a signature by the key of the desk over what stands here'
  [timestamp-swapped]='is a timestamp of something else, or answers another request'
  [timestamp-bad]='is not a timestamp by an authority under the roots you gave'
  [timestamp-missing]='no timestamp at all'
  [certificate-expired]="the authority's certificate was not valid when it stamped, or ended before a later timestamp covered this one"
)
declare -A RU=(
  [unsafe-file]='ссылка, особый файл, пустая папка или имя, которого в пакете быть не может'
  [malformed]='записано не так, как в пакете'
  [missing]='отсутствует'
  [changed]='содержимое изменено после записи в опись'
  [extra]='не входит в пакет: добавлено позже'
  [replaced]='не тот файл, который назван в журнале: подменён другим'
  [original-unknown]='сделано с исходного файла, которого нет в журнале'
  [mixed]='относится к другому пакету'
  [log-line-missing]='здесь в журнале не хватает строки, или строка стоит не на месте'
  [log-forged]='эта строка журнала не подписана ключом рабочего места'
  [log-rewritten]='журнал не тот, который был опечатан раньше'
  [other-key]='не тот ключ, отпечаток которого вы указали'
  [signature]='не является подписью ключа рабочего места под тем, что здесь лежит'
  [timestamp-swapped]='метка времени относится к другому или отвечает на другой запрос'
  [timestamp-bad]='метка времени не подтверждается корневыми сертификатами, которые вы указали'
  [timestamp-missing]='нет ни одной метки времени'
  [certificate-expired]='сертификат службы времени не действовал в момент метки или истёк раньше, чем её накрыла следующая'
)

# Before anything else: what is wrong with the other words must be said in this language, too.
russian=''
for word; do [[ $word != --ru ]] || russian=1; done

usage() { # what is wrong, in English and in Russian
  if [[ -n $russian ]]; then
    printf '%s\n' ${2:+"$2."} \
      'Запуск: bash verify.sh --desk-key ОТПЕЧАТОК --tsa-roots КОРНИ.pem [--at ГГГГ-ММ-ДД] [--ru] [ПАКЕТ]' \
      'ОТПЕЧАТОК — отпечаток ключа рабочего места (64 знака 0-9 a-f), КОРНИ.pem — корневые' \
      'сертификаты служб времени. И то и другое должно прийти к вам не вместе с пакетом.'
  else
    printf '%s\n' ${1:+"$1."} \
      'usage: bash verify.sh --desk-key FINGERPRINT --tsa-roots ROOTS.pem [--at YYYY-MM-DD] [--ru] [BUNDLE]' \
      "FINGERPRINT: of the desk's key, 64 digits 0-9 a-f. ROOTS.pem: root certificates of the" \
      'timestamp authorities. Both must have reached you by another way than the bundle.'
  fi >&2
  exit 2
}

desk_key='' roots='' at='' bundle=''
while (($#)); do
  case $1 in
    --desk-key) (($# > 1)) || usage; desk_key=${2//[: ]/}; desk_key=${desk_key,,}; shift 2 ;;
    --tsa-roots) (($# > 1)) || usage; roots=$2; shift 2 ;;
    --at) (($# > 1)) || usage; at=$2; shift 2 ;;
    --ru) shift ;;
    -*) usage ;;
    *) [[ -z $bundle ]] || usage; bundle=$1; shift ;;
  esac
done
[[ $desk_key =~ ^[0-9a-f]{64}$ ]] ||
  usage 'expected --desk-key with 64 digits' 'нужен --desk-key и 64 знака отпечатка'
[[ -f $roots ]] ||
  usage 'expected --tsa-roots with a file that is there' 'нужен --tsa-roots и файл, который есть на диске'
roots=$(cd -- "$(dirname -- "$roots")" && pwd)/$(basename -- "$roots")
if [[ -n $at ]]; then
  at=$(date -d "$at" +%s 2>/dev/null) ||
    usage 'expected --at with a day, such as 2027-01-31' 'нужен --at и день, например 2027-01-31'
else at=$(date +%s); fi
[[ -n $bundle ]] || bundle=$(dirname -- "${BASH_SOURCE[0]}")
cd -- "$bundle" 2>/dev/null ||
  usage 'expected a bundle: a folder that can be opened' 'нужен пакет: папка, которую можно открыть'
scratch=$(mktemp -d) || exit 2
trap 'rm -rf -- "$scratch"' EXIT

faults=0
declare -A told=()
fault() { # code, where
  [[ -z ${told["$1 $2"]:-} ]] || return 0
  told["$1 $2"]=1
  faults=$((faults + 1))
  if [[ -n $russian ]]; then echo "ОШИБКА $1: $2: ${RU[$1]}"; else echo "FAULT $1: $2: ${EN[$1]}"; fi
}
note() { if [[ -n $russian ]]; then echo "$2"; else echo "$1"; fi; }

digest_of() { local line; line=$(sha256sum <"$1") && echo "${line%% *}"; }
digest_of_text() { local line; line=$(printf '%s' "$1" | sha256sum) && echo "${line%% *}"; }
is_signed() { # signature file, signed file
  openssl pkeyutl -verify -pubin -inkey desk.pem -rawin -sigfile "$1" -in "$2" >/dev/null 2>&1
}

# 1. What stands in the folder. Nothing but plain files of plain names is opened.
name_pattern='^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$'
declare -A have=() listed=() tagged=()
for path in **; do
  if [[ -L $path || ! $path =~ $name_pattern ]]; then
    fault unsafe-file "$(printf '%q' "$path")"
  elif [[ -d $path ]]; then
    inside=("$path"/*)
    ((${#inside[@]})) || fault unsafe-file "$path"
  elif [[ -f $path ]]; then
    have[$path]=1
  else
    fault unsafe-file "$path"
  fi
done
# A path through a linked folder is not in `have`, and only what is there is read.
present() { [[ -n ${have[$1]:-} ]]; }

# 2. The two manifests, and every file that they list.
manifest_line='^([0-9a-f]{64})  (.+)$'
read_manifest() { # manifest, name of the table for digests, pattern of names
  local -n table=$2
  local line digest name
  present "$1" || { fault missing "$1"; return; }
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ ! $line =~ $manifest_line ]]; then fault malformed "$1"; continue; fi
    digest=${BASH_REMATCH[1]} name=${BASH_REMATCH[2]}
    if [[ $name =~ $name_pattern && $name =~ $3 && -z ${table[$name]:-} ]]; then
      table[$name]=$digest
    else
      fault malformed "$1"
    fi
  done <"$1"
}
compare_files() { # name of the table
  local -n table=$1
  local name
  for name in "${!table[@]}"; do
    if ! present "$name"; then
      fault missing "$name"
    elif [[ $(digest_of "$name") != "${table[$name]}" ]]; then
      fault changed "$name"
    fi
  done
}
tag_name='^(bagit\.txt|bag-info\.txt|custody\.log|custody-tree\.txt|desk\.pem|manifest-sha256\.txt|verify\.sh|seals/.+)$'
read_manifest manifest-sha256.txt listed '^data/'
read_manifest tagmanifest-sha256.txt tagged "$tag_name"
compare_files listed
compare_files tagged
for name in bagit.txt bag-info.txt custody.log custody-tree.txt desk.pem manifest-sha256.txt verify.sh; do
  [[ -n ${tagged[$name]:-} ]] || fault missing "$name"
done

# 3. What BagIt declares, and the bundle's id in both places where it stands.
declaration=$'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n'
{ present bagit.txt && [[ $(digest_of bagit.txt) == "$(digest_of_text "$declaration")" ]]; } || fault malformed bagit.txt
bag=''
if present bag-info.txt; then
  while IFS= read -r line; do
    if [[ $line =~ ^External-Identifier:\ ([0-9a-f]{32})$ ]]; then bag=${BASH_REMATCH[1]}; break; fi
  done <bag-info.txt
fi
[[ -n $bag ]] || fault malformed bag-info.txt
described=''
if present data/items.json; then { IFS= read -r line; IFS= read -r described; } <data/items.json; fi
if [[ $described =~ ^\ \"bag\":\ \"([0-9a-f]{32})\",$ ]]; then
  [[ ${BASH_REMATCH[1]} == "$bag" ]] || fault mixed data/items.json
else
  fault malformed data/items.json
fi

# 4. The key of the desk.
if present desk.pem && openssl pkey -pubin -in desk.pem -outform DER -out "$scratch/key" 2>/dev/null; then
  # RFC 8410: 12 bytes that say Ed25519, then the raw key.
  fingerprint=$(tail -c 32 "$scratch/key" | sha256sum)
  [[ ${fingerprint%% *} == "$desk_key" && $(wc -c <"$scratch/key") -eq 44 ]] || fault other-key desk.pem
else
  fault malformed desk.pem
fi

# 5. The custody log, line by line.
log_line='^(\{"asked":"([a-z0-9+-]*)","bag":"([0-9a-f]{32})","by":"([0-9a-f]{64})","digest":"([0-9a-f]{0,64})","event":"([a-z-]+)","item":"([0-9]{0,4})","n":([1-9][0-9]{0,3}),"origin":"([0-9a-f]{0,64})","path":"([A-Za-z0-9._/-]*)","previous":"([0-9a-f]{64})","salt":"[0-9a-f]{32}","sealed":"([0-9a-f]{0,64})","time":"[0-9TZ:-]{20}","v":1\}) ([A-Za-z0-9+/]{86}==)$'
events=' opened original-added derivative-added sealed handed-over returned inspected stamped-again '
declare -A known=([data/items.json]=1) origins=() log_until=() seal_digest=() seal_asked=()
count=0 last_n=0 sealings=0 event='' before=0000000000000000000000000000000000000000000000000000000000000000
mixed='' so_far=''
entered() { # path, digest
  known[$1]=1
  if [[ -z ${listed[$1]:-} ]]; then fault missing "$1"; elif [[ ${listed[$1]} != "$2" ]]; then fault replaced "$1"; fi
}
if present custody.log && [[ -s custody.log ]]; then
  while IFS= read -r line || { [[ -n $line ]] && fault malformed custody.log; }; do
    count=$((count + 1)) where=custody.log:$count
    if [[ ! $line =~ $log_line ]]; then fault malformed "$where"; break; fi
    content=${BASH_REMATCH[1]} asked=${BASH_REMATCH[2]} its_bag=${BASH_REMATCH[3]} by=${BASH_REMATCH[4]}
    digest=${BASH_REMATCH[5]} event=${BASH_REMATCH[6]} item=${BASH_REMATCH[7]} n=${BASH_REMATCH[8]}
    origin=${BASH_REMATCH[9]} path=${BASH_REMATCH[10]} previous=${BASH_REMATCH[11]}
    sealed=${BASH_REMATCH[12]} signature=${BASH_REMATCH[13]}
    [[ $events == *" $event "* ]] || { fault malformed "$where"; break; }
    printf '%s' "$content" >"$scratch/entry"
    printf '%s' "$signature" | openssl base64 -d -A >"$scratch/signature" 2>/dev/null
    { is_signed "$scratch/signature" "$scratch/entry" && [[ $by == "$desk_key" ]]; } || fault log-forged "$where"
    if [[ $its_bag != "$bag" && -z $mixed ]]; then mixed=1; fault mixed "$where"; fi
    [[ $n -eq $((last_n + 1)) && $previous == "$before" ]] || fault log-line-missing "$where"
    ((count > 1)) || [[ $event == opened ]] || fault log-line-missing "$where"
    last_n=$n before=$(digest_of_text "$line") so_far+=$line$'\n'
    case $event in
      original-added | derivative-added)
        [[ -z $path ]] || entered "$path" "$digest"
        [[ -z $sealed ]] || entered "data/sealed/$item.age" "$sealed"
        if [[ $event == original-added ]]; then
          origins["x$digest"]=1
        elif [[ -z ${origins["x$origin"]:-} ]]; then
          fault original-unknown "$path"
        fi ;;
      sealed)
        sealings=$((sealings + 1))
        seal_digest[$sealings]=$digest seal_asked[$sealings]=$asked
        log_until[$sealings]=$(digest_of_text "$so_far") ;;
    esac
  done <custody.log
  [[ $event == sealed ]] || fault log-line-missing "custody.log:$((count + 1))"
else
  fault malformed custody.log
fi
for name in "${!listed[@]}"; do
  [[ -n ${known[$name]:-} ]] || fault extra "$name"
done

# 6. Seals: numbered from 1; each signed; each earlier one still stands.
seals=0
while present "seals/$((seals + 1))/tagmanifest-sha256.txt"; do seals=$((seals + 1)); done
((seals)) || fault missing seals/1
[[ $seals -eq $sealings ]] || fault log-line-missing seals
for ((i = 1; i <= seals; i++)); do
  place=seals/$i signed=seals/$i/tagmanifest-sha256.txt good=''
  if present "$place/signature.sig" && is_signed "$place/signature.sig" "$signed"; then
    good=1
  else
    fault signature "$place/signature.sig"
  fi
  if ((i == seals)) && [[ $(digest_of "$signed") != "$(digest_of tagmanifest-sha256.txt 2>/dev/null)" ]]; then
    if [[ -n $good ]]; then fault mixed tagmanifest-sha256.txt; else fault changed tagmanifest-sha256.txt; fi
  fi
  if present manifest-sha256.txt && ((i <= sealings)) && [[ ${seal_digest[$i]:-} != "$(digest_of manifest-sha256.txt)" ]]; then
    fault mixed manifest-sha256.txt
  fi
  if ((i < seals)); then
    declare -A then=()
    read_manifest "$signed" then "$tag_name"
    [[ ${then[custody.log]:-} == "${log_until[$i]:-}" ]] || fault log-rewritten "$signed"
    for name in "${!then[@]}"; do
      [[ $name == custody.log || $name == custody-tree.txt || ${then[$name]} == "${tagged[$name]:-}" ]] ||
        fault changed "$name"
    done
    for name in "${!tagged[@]}"; do
      if [[ $name =~ ^seals/([1-9][0-9]*)/ ]] && ((BASH_REMATCH[1] < i)); then
        [[ -n ${then[$name]:-} ]] || fault changed "$name"
      fi
    done
    unset then
  fi
done

# 7. Files that nothing lists. The last seal's own files cannot list themselves.
declare -A own=([tagmanifest-sha256.txt]=1 ["seals/$seals/tagmanifest-sha256.txt"]=1 ["seals/$seals/signature.sig"]=1)
IFS=+ read -r -a names <<<"${seal_asked[$seals]:-}"
for name in "${names[@]}"; do
  own["seals/$seals/$name.tsq"]=1 own["seals/$seals/$name.tsr"]=1 own["seals/$seals/$name.chain.pem"]=1
done
for name in "${!have[@]}"; do
  [[ -n ${listed[$name]:-} || -n ${tagged[$name]:-} || -n ${own[$name]:-} ]] || fault extra "$name"
done
for name in "${!tagged[@]}"; do
  if [[ $name =~ ^seals/ ]]; then
    [[ $name =~ ^seals/([1-9][0-9]{0,3})/[^/]+$ ]] && ((BASH_REMATCH[1] < seals)) || fault extra "$name"
  fi
done

# 8. Timestamps, from the last seal to the first: a later one covers what stands before it.
stamps=0 bad_stamps=0 covered=$at
stamp_fault() { bad_stamps=$((bad_stamps + 1)); fault "$1" "$2"; }
stamp_holds() { # file, what is compared with what, what about time
  openssl ts -verify -in "$1" "${@:2}" -CAfile "$roots" "${chain[@]}" >"$scratch/said" 2>&1
}
for ((i = seals; i >= 1; i--)); do
  earliest=$covered
  IFS=+ read -r -a names <<<"${seal_asked[$i]:-}"
  for name in "${names[@]}"; do
    reply=seals/$i/$name.tsr request=seals/$i/$name.tsq data=seals/$i/tagmanifest-sha256.txt
    if ! present "$reply"; then
      note "gap: seals/$i/$name: asked for, and no timestamp came" "пробел: seals/$i/$name: метка запрошена, но не получена"
      continue
    fi
    chain=()
    ! present "seals/$i/$name.chain.pem" || chain=(-untrusted "seals/$i/$name.chain.pem")
    if ! stamp_holds "$reply" -data "$data" -no_check_time; then
      if [[ $(<"$scratch/said") == *'message imprint mismatch'* ]]; then
        stamp_fault timestamp-swapped "$reply"
      else
        stamp_fault timestamp-bad "$reply"
      fi
      continue
    fi
    if ! present "$request" || ! stamp_holds "$reply" -queryfile "$request" -no_check_time; then
      stamp_fault timestamp-swapped "$reply"
      continue
    fi
    # Only the token is signed; what else the reply says could be anybody's.
    seen=''
    while IFS= read -r line; do
      if [[ $line == 'Time stamp: '* ]]; then seen=$(date -d "${line#Time stamp: }" +%s); break; fi
    done < <(openssl ts -reply -in "$reply" -token_out -text 2>/dev/null)
    if [[ -z $seen ]]; then
      stamp_fault timestamp-bad "$reply"
    elif ! stamp_holds "$reply" -data "$data" -attime "$seen" || ! stamp_holds "$reply" -data "$data" -attime "$covered"; then
      stamp_fault certificate-expired "$reply"
    else
      stamps=$((stamps + 1))
      ((seen >= earliest)) || earliest=$seen
      when=$(date -d "@$seen" '+%Y-%m-%d %H:%M:%S UTC')
      note "seal $i existed at $when, says $name" "печать $i существовала $when, подтверждает $name"
    fi
  done
  covered=$earliest
done
((stamps || bad_stamps)) || fault timestamp-missing seals

if ((faults)); then
  note "NOT VERIFIED: $faults faults" "НЕ ПОДТВЕРЖДЕНО: ошибок $faults"
  exit 1
fi
note "VERIFIED: bundle $bag, ${#listed[@]} files, $count log lines, $stamps timestamps" \
  "ПОДТВЕРЖДЕНО: пакет $bag, файлов ${#listed[@]}, строк журнала $count, меток времени $stamps"
