/** The names of well-known chains. Tasks hold chain ids as decimal or hexadecimal texts of any size. */

export interface Chain {
  /** As a task usually holds it. */
  id: string;
  name: string;
}

/** The destinations first that most tasks have. */
export const KNOWN_CHAINS: readonly Chain[] = [
  { id: '0xaa36a7', name: 'Ethereum Sepolia' },
  { id: '0x1', name: 'Ethereum' },
  { id: '0x534e5f5345504f4c4941', name: 'Starknet Sepolia' },
  { id: '0x534e5f4d41494e', name: 'Starknet' },
  { id: '0xaa37dc', name: 'OP Sepolia' },
  { id: '0xa', name: 'OP Mainnet' },
  { id: '0x14a34', name: 'Base Sepolia' },
  { id: '0x2105', name: 'Base' },
  { id: '0x66eee', name: 'Arbitrum Sepolia' },
  { id: '0xa4b1', name: 'Arbitrum One' },
  { id: '0x12c', name: 'ZKsync Sepolia' },
  { id: '0x144', name: 'ZKsync Era' },
  { id: '0x12c1', name: 'World Chain Sepolia' },
  { id: '0x1e0', name: 'World Chain' },
  { id: '0x8173', name: 'ApeChain' },
  { id: '0x4268', name: 'Ethereum Holesky' },
  { id: '0x88bb0', name: 'Ethereum Hoodi' },
];

const IS_CHAIN_ID = /^(0[xX][0-9a-fA-F]{1,64}|\d{1,78})$/;

// Ids have up to 78 digits, which a JavaScript number cannot hold.
const NAMES = new Map(KNOWN_CHAINS.map(({ id, name }) => [BigInt(id), name]));

/** True for an id that the API accepts. */
export const isChainId = (id: string): boolean => IS_CHAIN_ID.test(id);

/** Returns the name of a chain, or undefined if it is not well known. */
export const chainName = (id: string): string | undefined =>
  isChainId(id) ? NAMES.get(BigInt(id)) : undefined;
